#include "cli/passphrase_options.h"

#include <CLI/CLI.hpp>

#include "cli/between.h"

namespace lc::cli {

void PassphraseOptions::add_to(CLI::App& app) {
  auto* descriptor = app.add_option("--passphrase-fd", fd_, "read the passphrase of the key files from this descriptor")
                         ->type_name("NUMBER")
                         ->check(between(0, 1 << 20));
  app.add_flag("--ask-passphrase", asks_, "ask for the passphrase of the key files at the terminal")
      ->excludes(descriptor);
}

Result<std::optional<seal::Secret>> PassphraseOptions::get(std::string_view prompt, bool is_new) const {
  if (asks_) return LC_TRY(seal::ask_passphrase(prompt, is_new));
  if (fd_ >= 0) return LC_TRY(seal::read_passphrase(fd_));
  return std::nullopt;
}

Result<> PassphraseOptions::offer() const {
  auto given = LC_TRY(get("passphrase of the keys", false));
  if (given) seal::offer_passphrase(*std::move(given));
  return {};
}

}  // namespace lc::cli
