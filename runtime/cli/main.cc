// The program `latentcast`: reads the command line, calls one subcommand, answers with its exit code.
#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "cli/commands.h"
#include "engine/gstreamer.h"
#include "seal/secret.h"

namespace {

int run_program(int argc, char** argv) {
  CLI::App app{"Camera feeds as sealed latents: encode, seal, send, receive, open, decode, classify.", "latentcast"};
  app.require_subcommand(1);
  app.set_version_flag("--version", [] {
    return std::string("latentcast " LC_VERSION " (") + lc::engine::gstreamer_version() + ")";
  });
  app.footer("Exit codes: 0 well, 1 failed while running, 2 wrong command line or configuration.");
  int exit_code = lc::cli::kOk;
  lc::cli::add_demo(app, exit_code);
  lc::cli::add_run(app, exit_code);
  lc::cli::add_check(app, exit_code);
  lc::cli::add_explain(app, exit_code);
  lc::cli::add_keygen(app, exit_code);
  lc::cli::add_keys(app, exit_code);
  lc::cli::add_bench(app, exit_code);
  lc::cli::add_inspect(app, exit_code);
  lc::cli::add_eval(app, exit_code);
  lc::cli::add_models(app, exit_code);
  lc::cli::add_study(app, exit_code);
  lc::cli::add_compare(app, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? lc::cli::kOk : lc::cli::kUsage;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  // Whoever reads our output may go away; that is a failed write, not a reason to leave files half written.
  std::signal(SIGPIPE, SIG_IGN);
  lc::seal::harden_process();
  try {
    return run_program(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "latentcast: a fault of the program: " << error.what() << "\n";
    return lc::cli::kFailed;
  }
}
