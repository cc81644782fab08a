#include "support/nn_compare.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "nn/layout.h"
#include "nn/reference.h"

namespace lc::test {

nn::Tensor random_tensor(const nn::Dims& dims, unsigned seed) {
  std::mt19937 random(seed);
  nn::Tensor out = nn::Tensor::floats(dims);
  for (float& v : out.f) v = static_cast<float>(random() / 2147483648.0 - 1);
  return out;
}

namespace {

// Undoes memory_dims.
nn::Dims onnx_dims(const nn::Dims& d) { return d.size() == 4 ? nn::Dims{d[0], d[3], d[1], d[2]} : d; }

}  // namespace

Result<std::vector<nn::Tensor>> run_plan(nn::Plan& plan, const std::vector<nn::Tensor>& inputs) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto memory = nn::to_memory(inputs[i].info.dims, inputs[i].f);
    LC_EXPECT(memory.size() == plan.input(i).size(), "an input of the plan's size");
    std::copy(memory.begin(), memory.end(), plan.input(i).begin());
  }
  LC_TRY(plan.run());
  std::vector<nn::Tensor> out;
  for (std::size_t i = 0; i < plan.outputs(); ++i) {
    const nn::Dims dims = onnx_dims(plan.output_shape(i));
    out.push_back(nn::Tensor::floats(dims, nn::from_memory(dims, plan.output(i).data())));
  }
  return out;
}

double largest_difference(const nn::Graph& graph, const nn::PlanOptions& options, unsigned seed) {
  auto plan = nn::Plan::create(graph, options);
  if (!plan) throw std::runtime_error(plan.error().text);
  std::vector<nn::Tensor> inputs;
  for (std::size_t i = 0; i < plan->inputs(); ++i)
    inputs.push_back(random_tensor(onnx_dims(plan->input_shape(i)), seed + static_cast<unsigned>(i)));
  auto got = run_plan(*plan, inputs);
  // Twice: nothing may depend on what a run before left behind.
  if (got) got = run_plan(*plan, inputs);
  auto want = nn::run_reference(graph, inputs);
  if (!got) throw std::runtime_error(got.error().text);
  if (!want) throw std::runtime_error(want.error().text);
  double largest = 0;
  for (std::size_t o = 0; o < want->size(); ++o) {
    const auto &a = (*want)[o], &b = (*got)[o];
    if (a.info.dims != b.info.dims)
      throw std::runtime_error("shapes differ: " + nn::to_string(a.info.dims) + " " +
                               nn::to_string(b.info.dims));
    for (std::size_t i = 0; i < a.f.size(); ++i) {
      const double d = std::abs(double{a.f[i]} - b.f[i]) / std::max(1.0, std::abs(double{a.f[i]}));
      largest = d >= largest || std::isnan(d) ? d : largest;
      if (std::isnan(d)) return d;
    }
  }
  return largest;
}

}  // namespace lc::test
