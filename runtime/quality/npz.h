// Arrays that numpy saved: one of a file of np.savez() or np.savez_compressed().
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace lc::quality {

struct NumpyArray {
  std::string type;  // numpy's word: "<f4", "<i8", "|u1", "<U18"
  std::vector<std::int64_t> shape;
  Bytes bytes;

  // Elements in row order.  errors  unsupported: of another type
  Result<std::vector<float>> floats() const;
  Result<std::vector<std::int64_t>> integers() const;
  Result<std::vector<std::string>> texts() const;  // what is not ASCII becomes '?'
};

// A .npy file, in C order.
//   errors  bad_format, truncated, unsupported (Fortran order, a type that is neither number nor text)
Result<NumpyArray> parse_npy(ByteSpan file);

//   errors  not_found (the file, the array), bad_format (no zip file), and those of parse_npy()
Result<NumpyArray> load_npz(const std::filesystem::path& file, const std::string& name);

}  // namespace lc::quality
