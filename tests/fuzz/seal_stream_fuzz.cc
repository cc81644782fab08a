// libFuzzer: the input is a program for a sender, a network and a receiver; the model of unit/seal/stream_program.h says
// what may come of it. Each input begins with a session and a receiver of its own, so that one alone shows a failure.
#include <cstdlib>
#include <filesystem>

#include "unit/seal/stream_program.h"

namespace {

// Sessions write a file each: in memory where the system has a place for that.
class Folder {
 public:
  Folder() {
    const std::filesystem::path in_memory = "/dev/shm";
    std::string name = ((std::filesystem::is_directory(in_memory) ? in_memory : std::filesystem::temp_directory_path()) /
                        "latentcast-fuzz-XXXXXX")
                           .string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  std::filesystem::path path;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder folder;
  static lc::seal::test::StreamWorld world(folder.path);
  world.run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
