#include "base/shared.h"

#include <string>
#include <thread>
#include <vector>

#include "support/test.h"

using namespace lc;

namespace {

struct Word {
  std::string letters;
  std::uint32_t fingerprint() const { return static_cast<std::uint32_t>(letters.size()); }  // many are alike
  std::size_t bytes() const { return letters.size(); }
  bool operator==(const Word&) const = default;
};

std::size_t held() { return Shared<Word>::all().bytes(); }

}  // namespace

TEST_CASE("shared: equal values are one, as long as somebody holds them") {
  auto one = share(Word{"one"});
  const auto two = share(Word{"two"}), three = share(Word{"three"});
  CHECK(share(Word{"one"}) == one);
  CHECK(share(Word{"two"}) == two);
  CHECK(two != one);
  CHECK(held() == 11);
  const std::weak_ptr<const Word> before = one;
  one.reset();
  CHECK(before.expired());
  CHECK(held() == 8);
  one = share(Word{"one"});
  CHECK(one->letters == "one");
  CHECK(held() == 11);
}

TEST_CASE("shared: made and dropped on several threads, each value is what it was made of") {
  std::vector<std::thread> threads;
  std::vector<int> wrong(4);
  for (int& mine : wrong)
    threads.emplace_back([&mine] {
      for (int i = 0; i < 2000; ++i) {
        const std::string letters(static_cast<std::size_t>(i % 3 + 1), static_cast<char>('a' + i % 5));
        const auto word = share(Word{letters}), again = share(Word{letters});
        mine += word->letters == letters && again == word ? 0 : 1;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == std::vector<int>(4));
  CHECK(held() == 0);
}
