// Reads arrays that numpy saved (np.savez, np.savez_compressed). For trusted test data only: every mistake
// throws.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace lc::test {

struct NpyArray {
  std::string type;  // numpy's: "<f4", "<U18"
  std::vector<std::int64_t> shape;
  std::string bytes;

  std::vector<float> floats() const;       // of "<f4"
  std::vector<std::string> texts() const;  // of "<U..", ASCII
};

NpyArray load_npz(const std::filesystem::path& file, const std::string& name);

}  // namespace lc::test
