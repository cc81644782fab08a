#define DOCTEST_CONFIG_IMPLEMENT
#include "support/test.h"

#include <cstdlib>
#include <iostream>
#include <set>
#include <vector>

namespace lc::test {
namespace {

std::vector<std::string>& skips() {
  static std::vector<std::string> reasons;
  return reasons;
}

// Counts test cases (not assertions) and prints the one line that ./test adds up.
class Counter : public doctest::IReporter {
 public:
  explicit Counter(const doctest::ContextOptions&) {}
  void test_case_start(const doctest::TestCaseData& test) override {
    name_ = test.m_name;
    skips_before_ = skips().size();
  }
  void test_case_end(const doctest::CurrentTestCaseStats& stats) override {
    if (!stats.testCaseSuccess) {
      ++failed_;
      std::cout << "FAILED: " << name_ << "\n";
    } else if (skips().size() > skips_before_) {
      ++skipped_;
      std::cout << "SKIPPED: " << name_ << ": " << skips().back() << "\n";
    } else {
      ++passed_;
    }
  }
  void test_run_end(const doctest::TestRunStats&) override {
    std::cout << "cases: " << passed_ << " passed, " << failed_ << " failed, " << skipped_ << " skipped" << std::endl;
  }
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  std::string name_;
  std::size_t skips_before_ = 0;
  int passed_ = 0, failed_ = 0, skipped_ = 0;
};

DOCTEST_REGISTER_LISTENER("count", 1, Counter);

}  // namespace

void note_skip(const std::string& reason) { skips().push_back(reason); }

std::filesystem::path source_root() { return LC_SOURCE_ROOT; }

std::optional<std::filesystem::path> shared(const std::filesystem::path& inside) {
  const char* set = std::getenv("LATENTCAST_SHARED");
  std::filesystem::path root = set ? set : LC_SHARED_DATA;
  if (root.is_relative()) root = source_root() / root;
  if (std::error_code ignored; std::filesystem::exists(root / inside, ignored)) return root / inside;
  return std::nullopt;
}

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "latentcast-test-XXXXXX").string();
  if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make a temporary folder: " + name);
  path_ = name;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lc::test
