// The subcommands of the program. To add one: a function here, a pair of files that defines it, a line in main.cc and
// one in meson.build.
#pragma once

namespace CLI {
class App;
}

namespace lc::cli {

// Exit codes of the program.
inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;  // something went wrong while running
inline constexpr int kUsage = 2;   // the command line or a file is wrong: nothing was started

// Each adds its subcommand to `app`; when it is called, it leaves the exit code in `exit_code`, which must outlive the
// parsing.
void add_run(CLI::App& app, int& exit_code);
void add_check(CLI::App& app, int& exit_code);
void add_explain(CLI::App& app, int& exit_code);
void add_demo(CLI::App& app, int& exit_code);
void add_keygen(CLI::App& app, int& exit_code);
void add_keys(CLI::App& app, int& exit_code);
void add_bench(CLI::App& app, int& exit_code);
void add_inspect(CLI::App& app, int& exit_code);
void add_eval(CLI::App& app, int& exit_code);
void add_models(CLI::App& app, int& exit_code);
void add_study(CLI::App& app, int& exit_code);
void add_compare(CLI::App& app, int& exit_code);

}  // namespace lc::cli
