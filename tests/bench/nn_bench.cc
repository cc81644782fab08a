// Times networks of the shape of lc5 on one thread and on two.
//   nn-bench [HEIGHT WIDTH [THREADS [REPETITIONS]]]; with LC_NN_DESCRIBE=1 also the kernels chosen
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <iostream>
#include <random>
#include <stdexcept>

#include "nn/model.h"
#include "nn/plan.h"
#include "support/codec_graphs.h"

namespace {

using namespace lc;

// Processor time with one thread, so that a busy machine does not count; wall time with more.
double milliseconds(int threads) {
  timespec t{};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &t);
  return 1e3 * static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_nsec);
}

void bench(const Bytes& model, const nn::Dims& dims, int threads, int repetitions) {
  const auto graph = nn::Graph::load(model, "bench").value();
  auto plan = nn::Plan::create(graph, {{dims}, threads}).value();
  std::mt19937 random(1);
  for (float& v : plan.input(0)) v = static_cast<float>(random() / 4294967296.0);
  std::vector<double> times;
  for (int i = 0; i < repetitions; ++i) {
    const double begin = milliseconds(threads);
    if (auto done = plan.run(); !done) throw std::runtime_error(done.error().text);
    times.push_back(milliseconds(threads) - begin);
  }
  std::sort(times.begin(), times.end());
  std::cout << nn::to_string(dims) << " threads " << threads << ": min " << times.front() << " ms, median "
            << times[times.size() / 2] << " ms, " << 2e-6 * static_cast<double>(plan.macs()) / times.front()
            << " GFLOP/s\n";
  if (std::getenv("LC_NN_DESCRIBE")) std::cout << plan.describe();
}

}  // namespace

int main(int argc, char** argv) {
  const int height = argc > 2 ? std::atoi(argv[1]) : 720, width = argc > 2 ? std::atoi(argv[2]) : 1280;
  const int threads = argc > 3 ? std::atoi(argv[3]) : 1, repetitions = argc > 4 ? std::atoi(argv[4]) : 30;
  bench(test::codec_encoder(), {1, 3, height, width}, threads, repetitions);
  bench(test::codec_decoder(), {1, 192, height / 16, width / 16}, threads, repetitions);
}
