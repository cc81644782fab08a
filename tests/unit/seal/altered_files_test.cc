// Files that were changed at random: no sealed model opens, no recording gives anything but messages that went into it.
#include "altered_files_test.h"

#include <algorithm>
#include <random>

#include "model_support.h"
#include "recording_support.h"
#include "seal/recording/message_reader.h"

using namespace lc;
using namespace lc::seal;
using namespace lc::seal::test;

namespace {

// One to four changes: a byte, a bit, a byte less or more, a piece from elsewhere in the file.
void alter(Bytes& file, const Bytes& good, std::mt19937_64& random) {
  for (std::uint64_t changes = 1 + random() % 4; changes > 0; --changes) {
    const std::size_t at = random() % file.size();
    const auto here = file.begin() + static_cast<std::ptrdiff_t>(at);
    switch (random() % 5) {
      case 0:
        *here = std::byte(random());
        break;
      case 1:
        *here ^= std::byte(1u << (random() % 8));
        break;
      case 2:
        if (file.size() > 1) file.erase(here);
        break;
      case 3:
        file.insert(here, std::byte(random()));
        break;
      default: {
        const std::size_t from = random() % good.size(),
                          count = std::min({std::size_t{random() % 200}, good.size() - from, file.size() - at});
        std::copy_n(good.begin() + static_cast<std::ptrdiff_t>(from), count, here);
      }
    }
  }
}

struct Reading {
  std::vector<Bytes> messages;
  recording::Checkpoints said;
  bool is_damaged = false;
};

Reading read(ByteSpan file, const PublicKey& recorder) {
  recording::MessageReader reader;
  reader.expect(recorder);
  const auto room = reader.feed(file.size());
  std::copy(file.begin(), file.end(), room.begin());
  Reading out;
  while (const auto message = reader.next(true)) {
    out.messages.emplace_back(message->bytes.begin(), message->bytes.end());
    out.is_damaged = static_cast<bool>(reader.take_damage()) || out.is_damaged;
  }
  out.is_damaged = static_cast<bool>(reader.take_damage()) || out.is_damaged;
  out.said = reader.checkpoints();
  return out;
}

}  // namespace

void seal::test::alter_models(int files) {
  std::mt19937_64 random(41);
  const ModelParties parties;
  const Bytes good = parties.seal(small_model());
  const ReceiverIdentity receiver = must(parties.user.receiver());
  const ModelTrust trust = parties.trust();
  Bytes bad;
  int opened = 0;
  for (int i = 0; i < files; ++i) {
    bad = good;
    alter(bad, good, random);
    opened += bad != good && open_model(bad, receiver, trust) ? 1 : 0;
  }
  CHECK(opened == 0);
  CHECK(open_model(good, receiver, trust));
}

void seal::test::alter_recordings(int files) {
  std::mt19937_64 random(42);
  Pair pair;
  const auto recorder =
      std::make_shared<const SigningIdentity>(must(SigningIdentity::generate(Role::device, "recorder")));
  Sealer sealer = pair.sealer();
  recording::SectionWriter writer(recorder);
  Bytes good;
  std::vector<Bytes> messages{announcement_of(sealer)};
  for (int i = 0; i < 8; ++i)
    messages.push_back(
        frame_of(sealer, as_bytes(std::string(40, static_cast<char>('a' + i))), {}, {.is_key_frame = i == 0}));
  for (const Bytes& message : messages) must(writer.add(message, recording::test::kStart, good));
  writer.finish(recording::test::kStart, good);

  // It has opened all that there is: whatever opens from now on was made up.
  Opener opener = pair.opener({.is_recording = true});
  Bytes plain(good.size() + 64);
  Opened opened;
  for (const Bytes& message : read(good, recorder->identity().key).messages)
    REQUIRE(is_good(opener.open(message, plain, opened)));
  int made_up = 0, unnoticed = 0, read_whole = 0;
  Bytes bad;
  for (int i = 0; i < files; ++i) {
    bad = good;
    alter(bad, good, random);
    if (bad == good) continue;
    const Reading reading = read(bad, recorder->identity().key);
    for (const Bytes& message : reading.messages) {
      if (message.size() > plain.size()) continue;
      const Verdict verdict = opener.open(message, plain, opened);
      const bool is_ours = std::find(messages.begin(), messages.end(), message) != messages.end();
      made_up += verdict == Verdict::opened || (is_good(verdict) && !is_ours) ? 1 : 0;
    }
    const bool is_called_whole = !reading.is_damaged && reading.said.altered == 0 && reading.said.damaged == 0;
    unnoticed += is_called_whole && reading.messages != messages ? 1 : 0;
    read_whole += reading.messages == messages ? 1 : 0;
  }
  CHECK(made_up == 0);
  CHECK(unnoticed == 0);
  CHECK(read_whole < files);
}

TEST_CASE("altered files: of ten thousand sealed models that were changed at random, none opens") {
  seal::test::alter_models(10'000);
}

TEST_CASE(
    "altered files: ten thousand changed recordings give nothing that was not recorded, and what is missing shows") {
  seal::test::alter_recordings(10'000);
}
