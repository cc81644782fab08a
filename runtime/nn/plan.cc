#include "nn/plan.h"

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>
#include <utility>

#include "nn/absorb.h"
#include "nn/builder.h"
#include "nn/reach.h"
#include "nn/threads.h"
#include "nn/tile_select.h"
#include "tensor/convert.h"

namespace lc::nn {
namespace {

constexpr int kMaxThreads = 64;
constexpr double kChromaReach = 2;  // pixels
constexpr int kUpdateStrips = 16;   // at least: layers of other kernels than ours leave out whole strips

}  // namespace

std::string_view to_string(Precision precision) {
  switch (precision) {
    case Precision::f32:
      return "f32";
    case Precision::bf16:
      return "bf16";
    case Precision::int8:
      break;
  }
  return "int8";
}

std::vector<Precision> fast_precisions() {
  const onednn::Instructions has = onednn::instructions();
  std::vector<Precision> out;
  if (has.vnni) out.push_back(Precision::int8);
  if (has.bf16) out.push_back(Precision::bf16);
  out.push_back(Precision::f32);
  return out;
}

class Plan::Impl {
 public:
  Impl(Folded g, std::vector<Layer> layers, const PlanOptions& options, onednn::Device device, std::size_t threads)
      : graph(std::move(g)),
        picture(options.picture),
        target(options.target),
        tiling(graph, std::move(layers), options.precision),
        lowering(graph, tiling, options.picture.value_or(PictureFormat{}), slot, options.target.value_or(PictureFormat{}), paint,
                 std::move(device)),
        outcome(threads) {}

  void work(std::size_t worker) {
    outcome[worker] = {};
    for (const auto& stage : program.steps) {
      for (const Step& step : stage[worker]) {
        if (!outcome[worker]) break;
        if (!times.empty() && worker == 0) {
          const auto began = std::chrono::steady_clock::now();
          outcome[worker] = run(step);
          times[step.layer] += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
        } else {
          outcome[worker] = run(step);
        }
      }
      workers->meet();
    }
  }

  Result<> run(const Step& step) const {
    if (!updating) return step.task->run();
    const auto value = static_cast<std::size_t>(step.value);
    const Marked marked = marks->within(std::min(seen[value], widest));
    return marked.any(step.rows, row_count(graph.dims(step.value))) ? step.task->update(marked) : Result<>();
  }

  Folded graph;
  PictureSlot slot;
  PaintSlot paint;
  std::optional<PictureFormat> picture, target;
  bool converts_picture = false, converts_target = false;  // from and into floats, around each run
  Tiling tiling;
  Lowering lowering;
  Program program;
  std::optional<Marks> marks;     // none: an update runs everything
  std::vector<int> seen;          // by value: how many cells around a changed one
  bool updating = false;
  bool is_whole = false;          // every value is what the last run or update made it
  int widest = 0;                 // of the update
  int outputs_see = kAllCells;    // the farthest of `seen`
  std::vector<Result<>> outcome;  // by worker
  std::vector<double> times;      // ms of each layer, on the calling thread; empty: not measured
  std::vector<Dims> input_shapes, output_shapes;
  std::vector<std::span<float>> inputs;
  std::vector<std::span<float>> outputs;
  std::unique_ptr<Workers> workers;  // last: its threads use the rest
};

namespace {

Result<> check(const PlanOptions& options) {
  if (options.threads < 1 || options.threads > kMaxThreads)
    return fail(Errc::invalid_config, "threads: expected 1 to {}, found {}", kMaxThreads, options.threads);
  return {};
}

// A single picture of colour or luma.
Result<> check_picture(const Folded& graph, const std::vector<int>& values, const char* what) {
  const auto fits = [&](const Dims& d) { return d.size() == 4 && d[0] == 1 && (d[1] == 1 || d[1] == 3); };
  if (values.size() != 1 || !fits(graph.dims(values[0])))
    return fail(Errc::invalid_config, "a picture as {}: the graph must have one {} of shape [1, 1 or 3, rows, columns]", what, what);
  return {};
}

// The way through floats, for networks whose first layer cannot read bytes. What lies before (x, y) is not seen: there the
// chroma of windows is that of their own edge.
void convert_picture(const PictureSlot& slot, const Dims& shape, std::span<float> input) {
  ImageView part = slot.view;
  part.width -= slot.x;
  part.height -= slot.y;
  for (int plane = 0; plane < plane_count(part.format); ++plane) {
    const auto p = static_cast<std::size_t>(plane);
    part.planes[p] = slot.view.row(plane, plane == 0 ? slot.y : slot.y / 2) + row_bytes(part.format, plane, slot.x);
  }
  part.width = std::min(part.width, static_cast<int>(shape[2]));
  part.height = std::min(part.height, static_cast<int>(shape[1]));
  const auto to_tensor = shape[3] == 3 ? to_rgb_tensor : to_gray_tensor;
  to_tensor(part, static_cast<int>(shape[2]), static_cast<int>(shape[1]), input);
}

// The grid cuts a picture [1, c, h, w] into cells of whole samples, of one size.
bool fits(const Grid& grid, const Dims& dims) {
  return dims.size() == 4 && dims[0] == 1 && dims[2] % grid.rows == 0 && dims[3] % grid.columns == 0;
}

// By value. Empty: the grid does not fit, or what the layers see is not known.
std::vector<int> cells_seen(const Graph& graph, const Folded& folded, const std::vector<Layer>& layers,
                            const std::vector<int>& inputs, const std::vector<int>& outputs, const PlanOptions& options) {
  const Grid grid = *options.cells;
  if (inputs.size() != 1 || grid.rows < 1 || grid.columns < 1 || !fits(grid, folded.dims(inputs[0]))) return {};
  // Of pictures whose chroma is half as fine, a pixel depends on its neighbours, and paints into theirs.
  const auto known = reaches(graph, options.picture ? kChromaReach : 0);
  if (!known) return {};
  const Dims& in = folded.dims(inputs[0]);
  const std::int64_t cell = in[2] / grid.rows;
  if (in[3] / grid.columns != cell) return {};
  std::vector<int> seen(folded.values.size());
  for (const Layer& layer : layers) {
    const Dims& out = folded.dims(layer.output);
    const auto value = static_cast<std::size_t>(layer.output);
    if (!fits(grid, out)) return {};
    if (value < known->size() && (*known)[value]) {
      Reach reach = *(*known)[value];
      for (const std::size_t axis : {2u, 3u})
        if (static_cast<double>(out[axis]) * reach.step != static_cast<double>(in[axis])) return {};
      if (options.target && std::find(outputs.begin(), outputs.end(), layer.output) != outputs.end())
        reach = {reach.step, reach.low - kChromaReach * reach.step, reach.high + kChromaReach * reach.step};
      seen[value] = std::min(cells_seen(reach, static_cast<double>(cell)), std::max(grid.rows, grid.columns));
    } else {
      for (int read : layer.reads(folded)) seen[value] = std::max(seen[value], seen[static_cast<std::size_t>(read)]);
    }
  }
  return seen;
}

}  // namespace

Result<Plan> Plan::create(const Graph& graph, const PlanOptions& options) {
  const auto make = [&]() -> Result<std::unique_ptr<Impl>> {
    LC_TRY(check(options));
    const SingleThreaded team_of_one;
    const auto threads = static_cast<std::size_t>(options.threads);
    Folded folded = LC_TRY(fold(graph.model(), options.input_dims));
    if (options.precision == Precision::int8) absorb_quantisation(folded);
    auto layers = LC_TRY(fuse(folded));
    // In f32, the library is faster than our portable kernels.
    const bool has_own = options.precision != Precision::f32 || &best_tiles() != &kPortableTiles;
    if (has_own) layers = merge(folded, std::move(layers));
    const std::vector<int> inputs = folded.inputs, outputs = folded.outputs;
    if (options.picture) LC_TRY(check_picture(folded, inputs, "input"));
    if (options.target) LC_TRY(check_picture(folded, outputs, "output"));
    const bool reads = options.picture && read_pictures(folded, layers);
    const bool paints = has_own && options.target && paint_pictures(folded, layers);
    auto impl = std::make_unique<Impl>(std::move(folded), std::move(layers), options,
                                       LC_TRY(onednn::Device::create()), threads);
    layers = impl->tiling.take_layers();
    auto stages = LC_TRY(make_stages(impl->graph, impl->lowering, layers, options.threads, options.cells ? kUpdateStrips : 1));
    if (options.cells) impl->seen = cells_seen(graph, impl->graph, layers, inputs, outputs, options);
    if (!impl->seen.empty()) {
      impl->marks.emplace(*options.cells, *std::max_element(impl->seen.begin(), impl->seen.end()));
      impl->outputs_see = 0;
      for (int output : outputs) impl->outputs_see = std::max(impl->outputs_see, impl->seen[static_cast<std::size_t>(output)]);
    }
    Builder builder(impl->graph, impl->lowering, std::move(layers), std::move(stages), threads, impl->marks.has_value());
    impl->program = LC_TRY(builder.run());
    impl->converts_picture = options.picture && !reads;
    impl->converts_target = options.target && !paints;
    for (int value : inputs) {
      const Dims& dims = impl->graph.dims(value);
      impl->input_shapes.push_back(memory_dims(dims));
      impl->inputs.emplace_back();
      if (!reads) impl->inputs.back() = {builder.data(value), static_cast<std::size_t>(count(dims))};
    }
    for (int value : outputs) {
      const Dims& dims = impl->graph.dims(value);
      impl->output_shapes.push_back(memory_dims(dims));
      impl->outputs.emplace_back();
      if (!paints) impl->outputs.back() = {builder.data(value), static_cast<std::size_t>(count(dims))};
    }
    // What is packed by now.
    impl->lowering.drop_plain_weights();
    for (Value& value : impl->graph.values) value.constant.reset();
    impl->workers = std::make_unique<Workers>(threads, [raw = impl.get()](std::size_t worker) { raw->work(worker); });
    return impl;
  };
  auto impl = [&]() -> Result<std::unique_ptr<Impl>> {
    try {
      return make();
    } catch (const std::bad_alloc&) {
      return fail(Errc::unavailable, "there is not enough memory for it");
    } catch (const std::system_error& error) {
      return fail(Errc::unavailable, "{} threads could not be started: {}; set fewer", options.threads, error.what());
    }
  }();
  if (!impl) return within(graph.model().origin, std::move(impl).error());
  return Plan(*std::move(impl));
}

Plan::Plan(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Plan::Plan(Plan&&) noexcept = default;
Plan& Plan::operator=(Plan&&) noexcept = default;
Plan::~Plan() = default;

std::size_t Plan::inputs() const { return impl_->inputs.size(); }
std::size_t Plan::outputs() const { return impl_->outputs.size(); }
const Dims& Plan::input_shape(std::size_t index) const { return impl_->input_shapes.at(index); }
const Dims& Plan::output_shape(std::size_t index) const { return impl_->output_shapes.at(index); }
std::span<float> Plan::input(std::size_t index) { return impl_->inputs.at(index); }
std::span<const float> Plan::output(std::size_t index) const { return impl_->outputs.at(index); }

void Plan::set_picture(const ImageView& view, int x, int y) {
  expect_valid(view);
  LC_EXPECT(impl_->picture && view.format == impl_->picture->format, "the plan was made for this format");
  LC_EXPECT(x % 2 == 0 && y % 2 == 0 && x >= 0 && y >= 0 && x < view.width && y < view.height,
            "the first pixel lies in the picture, on a chroma sample");
  impl_->slot = {view, x, y};
  impl_->slot.view.colour = impl_->picture->colour;  // which the first layer has in its weights
}

void Plan::set_target(const MutableImageView& view) {
  expect_valid(view);
  LC_EXPECT(impl_->target && view.format == impl_->target->format, "the plan was made for this format");
  LC_EXPECT(view.width <= impl_->output_shapes[0][2] && view.height <= impl_->output_shapes[0][1],
            "the whole picture is painted");
  impl_->paint.view = view;
}

Result<> Plan::run() {
  LC_EXPECT(!impl_->picture || impl_->slot.view.width > 0, "a picture is set before the plan runs");
  LC_EXPECT(!impl_->target || impl_->paint.view.width > 0, "a target is set before the plan runs");
  const SingleThreaded team_of_one;
  if (impl_->converts_picture) convert_picture(impl_->slot, impl_->input_shapes[0], impl_->inputs[0]);
  impl_->is_whole = false;
  impl_->workers->run();
  for (Result<>& outcome : impl_->outcome)
    if (!outcome) return outcome;
  impl_->is_whole = true;
  if (impl_->converts_target) {
    const Dims& shape = impl_->output_shapes[0];
    const auto from_tensor = shape[3] == 3 ? from_rgb_tensor : from_gray_tensor;
    from_tensor(impl_->outputs[0], static_cast<int>(shape[2]), static_cast<int>(shape[1]), impl_->paint.view);
  }
  return {};
}

Result<> Plan::update(std::span<const std::uint8_t> changed, int widest) {
  if (!impl_->marks || !impl_->is_whole) return run();
  impl_->marks->set(changed);
  impl_->widest = widest;
  impl_->updating = true;
  auto done = run();
  impl_->updating = false;
  return done;
}

int Plan::sees() const { return impl_->outputs_see; }

Result<std::vector<double>> Plan::run_timed() {
  impl_->times.assign(impl_->program.layers.size(), 0.0);
  const auto done = run();
  auto times = std::exchange(impl_->times, {});
  if (!done) return tl::unexpected<Error>(done.error());
  return times;
}

std::string_view Plan::slow_layer() const {
  for (const std::string& layer : impl_->program.layers)
    if (layer.find(kSlow) != std::string::npos) return layer;
  return {};
}

std::span<const std::string> Plan::layers() const { return impl_->program.layers; }

std::string Plan::describe() const {
  std::string out = fmt::format("oneDNN {}, {} million multiply-adds\n", onednn::version(), impl_->graph.macs / 1'000'000);
  for (const std::string& layer : impl_->program.layers) out += layer + "\n";
  return out;
}

std::uint64_t Plan::macs() const { return impl_->graph.macs; }

std::uint64_t Plan::macs_in(Precision precision) const {
  const std::uint64_t bf16 = impl_->lowering.tile_macs(Number::bf16), u8 = impl_->lowering.tile_macs(Number::u8);
  return precision == Precision::bf16 ? bf16 : precision == Precision::int8 ? u8 : impl_->graph.macs - bf16 - u8;
}

}  // namespace lc::nn
