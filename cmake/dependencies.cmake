# Every dependency is a Debian package; scripts/setup installs them.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(Protobuf REQUIRED)          # module mode: Debian packages no config; must come before gRPC
find_package(gRPC CONFIG REQUIRED)
find_package(FlatBuffers CONFIG REQUIRED)
find_package(RocksDB CONFIG REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(fmt CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(nlohmann_json CONFIG REQUIRED)
find_package(GTest CONFIG REQUIRED)
find_package(rapidcheck CONFIG REQUIRED)
find_package(benchmark CONFIG REQUIRED)
pkg_check_modules(JEMALLOC REQUIRED IMPORTED_TARGET jemalloc)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)

# What serves messages spent a quarter of its time in malloc and free (docs/performance.md). Sanitizers bring their own.
add_library(allocator INTERFACE)
if(NOT SLUICE_SANITIZE)
  target_link_libraries(allocator INTERFACE PkgConfig::JEMALLOC)
endif()
