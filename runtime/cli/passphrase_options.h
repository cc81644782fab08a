// --passphrase-fd and --ask-passphrase: how a subcommand is given the passphrase of key files. Never an argument, never
// the environment: both can be read by others.
#pragma once

#include <optional>
#include <string_view>

#include "base/result.h"
#include "seal/passphrase.h"

namespace CLI {
class App;
}

namespace lc::cli {

class PassphraseOptions {
 public:
  void add_to(CLI::App& app);
  // What was given; nothing if nobody asked for it. `is_new`: at a terminal it is asked for twice.
  Result<std::optional<seal::Secret>> get(std::string_view prompt, bool is_new) const;
  // Gives it to the key files that this process will open.
  Result<> offer() const;

 private:
  int fd_ = -1;
  bool asks_ = false;
};

}  // namespace lc::cli
