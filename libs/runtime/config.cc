#include "runtime/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>

namespace sluice::runtime {

namespace {

std::string with_dashes(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

std::string environment_name(const std::string& name) {
  std::string upper = "SLUICE_";
  for (const char c : name) upper.push_back(c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  return upper;
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  // Only digits and dots: `127.example.com` is a name, and may be anywhere.
  return std::all_of(host.begin(), host.end(), [](char c) { return c == '.' || (c >= '0' && c <= '9'); });
}

}  // namespace

Config::Config(const std::string& program, const std::string& description) : app_(description, program) {
  app_.allow_config_extras(false);
  config_file_ = app_.set_config("--config", "", "TOML file with the keys below");
  config_file_->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  app_.add_flag("--print-config", print_, "Print the effective configuration as TOML and exit")->configurable(false);
  app_.footer(
      "Each key can stand in the file, in the environment, or be a flag; a flag wins over the environment, that over "
      "the file.");
}

std::string Config::flag_names(const std::string& name) {
  // CLI11 looks a key of the file up among the flag names, so both spellings are names.
  const std::string dashed = with_dashes(name);
  return dashed == name ? "--" + name : "--" + dashed + ",--" + name;
}

void Config::declare(const std::string& name, CLI::Option* option, std::function<std::string()> print) {
  option->description(fmt::format("{} (env {})", option->get_description(), environment_name(name)));
  keys_.push_back({name, option, std::move(print)});
}

std::string Config::toml_value(const std::string& text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  return quoted + '"';
}

std::string Config::toml_value(const std::vector<std::string>& list) {
  std::string text = "[";
  for (const std::string& item : list) text += (text.size() > 1 ? ", " : "") + toml_value(item);
  return text + "]";
}

std::string Config::effective_toml() const {
  std::string text;
  for (const Key& key : keys_) text += fmt::format("{} = {}\n", key.name, key.print());
  return text;
}

std::vector<std::pair<std::string, std::string>> Config::values() const {
  std::vector<std::pair<std::string, std::string>> values;
  for (const Key& key : keys_) {
    std::string value = key.print();
    if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
    for (std::size_t at = value.find("://"); at != std::string::npos; at = value.find("://", at + 3)) {
      const std::size_t begin = at + 3;
      const std::size_t host = value.find_first_of("@/,", begin);
      if (host != std::string::npos && value[host] == '@') value.replace(begin, host - begin, "***");
    }
    values.emplace_back(key.name, std::move(value));
  }
  return values;
}

/// CLI11 lets the file win over the environment; operators expect the opposite. So variables become flags that stand
/// before the real ones, and are left out where a real one is given.
std::vector<std::string> Config::environment_arguments(const std::vector<std::string>& arguments) const {
  const auto given = [&](const std::string& flag) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
      return argument == flag || argument.starts_with(flag + "=");
    });
  };
  std::vector<std::string> from_environment;
  const auto take = [&](const std::string& name) {
    const char* const value = std::getenv(environment_name(name).c_str());
    if (value == nullptr || given("--" + name) || given("--" + with_dashes(name))) return;
    from_environment.push_back("--" + with_dashes(name) + "=" + value);
  };
  take("config");
  for (const Key& key : keys_) take(key.name);
  return from_environment;
}

std::optional<int> Config::parse(int argc, const char* const* argv) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  std::vector<std::string> all = environment_arguments(arguments);
  all.insert(all.end(), arguments.begin(), arguments.end());
  std::reverse(all.begin(), all.end());  // CLI11 takes them last first
  try {
    app_.parse(std::move(all));
  } catch (const CLI::CallForHelp&) {
    std::fputs(app_.help().c_str(), stdout);
    return 0;
  } catch (const CLI::ConfigError& error) {
    constexpr std::string_view kExtras = "INI was not able to parse ";
    std::string_view what = error.what();
    if (what.starts_with(kExtras)) {
      fmt::print(stderr, "{}: unknown key in the configuration file: {}\n", app_.get_name(),
                 what.substr(kExtras.size()));
    } else {
      fmt::print(stderr, "{}: {}\n", app_.get_name(), what);
    }
    return kUsageExitCode;
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "{}: {}\nTry --help.\n", app_.get_name(), error.what());
    return kUsageExitCode;
  }
  if (print_) {
    std::fputs(effective_toml().c_str(), stdout);
    return 0;
  }
  return std::nullopt;
}

Result<ListenAddress> parse_listen_address(std::string_view address) {
  const auto bad = [&](std::string_view why) {
    return Error{ErrorCode::kInvalidArgument, fmt::format("'{}' is not host:port: {}", address, why)};
  };
  const std::size_t colon = address.rfind(':');
  if (colon == std::string_view::npos) return bad("no port");
  std::string_view host = address.substr(0, colon);
  const std::string_view digits = address.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos) return bad("an IPv6 address stands in brackets");
  if (host.empty()) return bad("no host");
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
    return bad("the port is 0..65535");
  return ListenAddress{std::string(host), port};
}

Status check_listen_address(std::string_view address, bool insecure) {
  const Result<ListenAddress> parsed = parse_listen_address(address);
  if (!parsed.ok()) return parsed.error();
  if (insecure || is_loopback(parsed.value().host)) return ok_status();
  return Error{
      ErrorCode::kInvalidArgument,
      fmt::format(
          "{} is not a loopback address and the port is not encrypted: put a proxy or a NetworkPolicy in front of "
          "it and give --insecure, or listen on 127.0.0.1",
          address)};
}

}  // namespace sluice::runtime
