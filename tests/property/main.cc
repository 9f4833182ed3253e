// The seed of all properties is fixed, so that a run can be repeated; RC_PARAMS names another, or more runs.
#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "tests/property/rapid.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  ::setenv("RC_PARAMS", "seed=20260729", 0);
  const int failed = RUN_ALL_TESTS();
  std::cout << "properties: " << sluice::property::commands_run() << " commands, RC_PARAMS=\""
            << std::getenv("RC_PARAMS") << "\"\n";
  return failed;
}
