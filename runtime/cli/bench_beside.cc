#include "cli/bench_beside.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/clocks.h"
#include "cli/register_peak.h"
#include "codec/frame_encoder.h"

namespace lc::cli {
namespace {

// A process that does nothing but use one core, while it is let.
class Burner {
 public:
  static Result<Burner> start() {
    const pid_t parent = ::getpid(), pid = ::fork();
    if (pid < 0) return fail(Errc::unavailable, "no other process could be started: {}", std::strerror(errno));
    if (pid == 0) burn(parent);
    Burner burner(pid);
    burner.pause();
    return burner;
  }
  Burner(Burner&& other) noexcept : pid_(std::exchange(other.pid_, -1)) {}
  Burner& operator=(Burner&&) = delete;
  ~Burner() { end(); }

  void pause() const { ::kill(pid_, SIGSTOP); }
  void go_on() const { ::kill(pid_, SIGCONT); }
  // Processor time that it used so far.
  double used_ms() const {
    clockid_t clock{};
    return ::clock_getcpuclockid(pid_, &clock) == 0 ? clock_ms(clock) : 0;
  }
  void end() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(std::exchange(pid_, -1), nullptr, 0);
  }

 private:
  explicit Burner(pid_t pid) : pid_(pid) {}

  // Other threads are not here, and what they held stays held: nothing but calls of the system.
  [[noreturn]] static void burn(pid_t parent) {
    ::signal(SIGINT, SIG_IGN);  // its parent ends it
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(0);
    for (volatile unsigned turn = 0;;) turn = turn + 1;
  }

  pid_t pid_;
};

struct Worker {
  codec::FrameEncoder encoder;
  Bytes out;
  Result<> outcome;

  void encode(std::span<const Image> pictures) {
    outcome = {};
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      out.clear();
      if (auto frame = encoder.encode(pictures[i].view(), i == 0, out); !frame) {
        outcome = tl::unexpected<Error>(std::move(frame).error());
        return;
      }
    }
  }
};

// Calls work(0) .. work(count - 1), each on a thread of its own; ms until the last is done.
Result<double> time_together(std::size_t count, const std::function<void(std::size_t)>& work) {
  const double begin = wall_ms();
  std::vector<std::thread> threads;
  const auto join = [&] {
    for (std::thread& thread : threads) thread.join();
  };
  try {
    for (std::size_t i = 1; i < count; ++i) threads.emplace_back(work, i);
  } catch (const std::system_error& error) {
    join();
    return fail(Errc::unavailable, "a thread could not be started: {}", error.what());
  }
  work(0);
  join();
  return wall_ms() - begin;
}

// Frames a second of all workers together, each of which encodes all pictures.
Result<double> frames_a_second(std::span<Worker> workers, std::span<const Image> pictures) {
  const double took = LC_TRY(time_together(workers.size(), [&](std::size_t i) { workers[i].encode(pictures); }));
  for (Worker& worker : workers) LC_TRY(worker.outcome);
  return 1000 * static_cast<double>(workers.size() * pictures.size()) / took;
}

// What no memory and no cache limits.
Result<double> register_loops_a_second(std::size_t threads) {
  constexpr long kRounds = 12'000'000;  // some 50 ms
  const PeakKernel* kernel = peak_kernel(nn::Precision::f32);
  if (!kernel) return 0;
  return 1000 * static_cast<double>(threads) /
         LC_TRY(time_together(threads, [&](std::size_t) { kernel->run(kRounds); }));
}

}  // namespace

struct BesideBench::State {
  StageSettings settings;
  std::vector<Worker> workers;  // two, of one thread
  std::vector<Worker> wide;     // one, of kThreads
  Burner burner;
  MachineWatch watch;
  Spread one, two, alone, beside, one_loop, two_loops;
  double burnt_ms = 0, beside_ms = 0;
  MachineNote machine;
};

BesideBench::BesideBench(std::unique_ptr<State> state) : state_(std::move(state)) {}
BesideBench::BesideBench(BesideBench&&) noexcept = default;
BesideBench::~BesideBench() = default;

Result<BesideBench> BesideBench::create(const StageSettings& settings) {
  const auto make = [&](int threads) -> Result<Worker> {
    codec::EncoderOptions options;
    options.quality = settings.quality;
    options.key_interval = 0;  // the first picture of a round is one
    options.threads = threads;
    options.precision = settings.precision;
    return Worker{LC_TRY(codec::FrameEncoder::create(
                      settings.bundle, {PixelFormat::i420, settings.width, settings.height, {}}, options)),
                  {},
                  {}};
  };
  std::vector<Worker> workers, wide;
  for (int i = 0; i < 2; ++i) workers.push_back(LC_TRY(make(1)));
  wide.push_back(LC_TRY(make(kThreads)));
  return BesideBench(std::unique_ptr<State>(new State{
      settings, std::move(workers), std::move(wide), LC_TRY(Burner::start()), {}, {}, {}, {}, {}, {}, {}, 0, 0, {}}));
}

Result<> BesideBench::run(std::span<const Image> pictures, bool counts) {
  State& s = *state_;
  pictures = pictures.first(std::min<std::size_t>(pictures.size(), kPictures));
  const double one = LC_TRY(frames_a_second(std::span(s.workers).first(1), pictures));
  const double two = LC_TRY(frames_a_second(s.workers, pictures));
  const double one_loop = LC_TRY(register_loops_a_second(1)), two_loops = LC_TRY(register_loops_a_second(2));
  const double alone = LC_TRY(frames_a_second(s.wide, pictures));
  const double burnt = s.burner.used_ms(), begin = wall_ms();
  s.burner.go_on();
  const auto beside = frames_a_second(s.wide, pictures);
  s.burner.pause();
  if (!beside) return tl::unexpected<Error>(beside.error());
  if (!counts) return {};
  s.burnt_ms += s.burner.used_ms() - burnt;
  s.beside_ms += wall_ms() - begin;
  s.one.add(one);
  s.two.add(two);
  s.one_loop.add(one_loop);
  s.two_loops.add(two_loops);
  s.alone.add(alone);
  s.beside.add(*beside);
  return {};
}

void BesideBench::finish() {
  state_->burner.end();
  state_->machine = state_->watch.finish();
}

const StageSettings& BesideBench::settings() const { return state_->settings; }
const Spread& BesideBench::one() const { return state_->one; }
const Spread& BesideBench::two() const { return state_->two; }
const Spread& BesideBench::alone() const { return state_->alone; }
const Spread& BesideBench::beside() const { return state_->beside; }
double BesideBench::loops_ratio() const { return ratio(state_->two_loops, state_->one_loop); }
double BesideBench::burnt() const { return state_->beside_ms > 0 ? state_->burnt_ms / state_->beside_ms : 0; }
const MachineNote& BesideBench::machine() const { return state_->machine; }

double ratio(const Spread& more, const Spread& less) { return less.median() > 0 ? more.median() / less.median() : 0; }

}  // namespace lc::cli
