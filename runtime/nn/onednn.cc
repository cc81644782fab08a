#include "nn/onednn.h"

#include <cstring>
#include <dnnl.hpp>

#include "base/shared.h"
#include "nn/pack.h"

namespace lc::nn::onednn {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;
constexpr auto kF32 = memory::data_type::f32;
constexpr auto kInference = dnnl::prop_kind::forward_inference;

// Runs `make`, with what the library throws turned into an Error.
template <class F>
auto guarded(const char* what, F make) -> Result<decltype(make())> {
  try {
    return make();
  } catch (const dnnl::error& e) {
    const bool unknown = e.status == dnnl_unimplemented || e.status == dnnl_invalid_arguments;
    return fail(unknown ? Errc::unsupported : Errc::backend, "oneDNN cannot make {}: {}", what, e.what());
  }
}

dnnl::algorithm algorithm(const Activation& f) {
  switch (f.kind) {
    case Activation::relu:
      return dnnl::algorithm::eltwise_relu;
    case Activation::clip:
      return dnnl::algorithm::eltwise_clip;
    case Activation::sigmoid:
      return dnnl::algorithm::eltwise_logistic;
    case Activation::tanh:
      return dnnl::algorithm::eltwise_tanh;
    case Activation::hard_swish:
      return dnnl::algorithm::eltwise_hardswish;
    case Activation::elu:
      return dnnl::algorithm::eltwise_elu;
    case Activation::exp:
      return dnnl::algorithm::eltwise_exp;
    case Activation::sqrt:
      return dnnl::algorithm::eltwise_sqrt;
    case Activation::abs:
      return dnnl::algorithm::eltwise_abs;
    case Activation::power:
      return dnnl::algorithm::eltwise_pow;
    case Activation::linear:
      break;
  }
  return dnnl::algorithm::eltwise_linear;
}

void append(dnnl::post_ops& ops, const PostOp& op) {
  if (op.kind == PostOp::sum) {
    ops.append_sum(1.0f);
    return;
  }
#if DNNL_VERSION_MAJOR >= 3
  ops.append_eltwise(algorithm(op.f), op.f.alpha, op.f.beta);
#else
  ops.append_eltwise(1.0f, algorithm(op.f), op.f.alpha,
                     op.f.beta);  // hardswish of 2.6 has ONNX's constants built in
#endif
}

dnnl::primitive_attr attributes(const std::vector<PostOp>& post) {
  dnnl::primitive_attr attr;
  attr.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops ops;
  for (const PostOp& op : post) append(ops, op);
  attr.set_post_ops(ops);
  return attr;
}

memory::desc nhwc(std::int64_t n, std::int64_t c, const std::array<std::int64_t, 2>& size) {
  return {{n, c, size[0], size[1]}, kF32, Tag::nhwc};
}

#if DNNL_VERSION_MAJOR >= 3
// offsets[axis][i]: a blocked layout is the sum over its axes.
using Offsets = std::vector<memory::dims>;

Offsets offsets(const memory::desc& d) {
  const memory::dims dims = d.get_dims(), strides = d.get_strides();
  const memory::dims blocks = d.get_inner_blks(), axis_of = d.get_inner_idxs();  // the innermost last
  Offsets all;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    memory::dims& of_axis = all.emplace_back();
    for (std::int64_t i = 0; i < dims[axis]; ++i) {
      std::int64_t offset = 0, left = i, stride = 1;
      for (std::size_t b = blocks.size(); b-- > 0; stride *= blocks[b]) {
        if (axis_of[b] != static_cast<std::int64_t>(axis)) continue;
        offset += left % blocks[b] * stride;
        left /= blocks[b];
      }
      of_axis.push_back(offset + left * strides[axis]);
    }
  }
  return all;
}

void copy(const Offsets& in, const Offsets& out, std::size_t axis, const float* from, float* to) {
  for (std::size_t i = 0; i < in[axis].size(); ++i) {
    if (axis + 1 == in.size())
      to[out[axis][i]] = from[in[axis][i]];
    else
      copy(in, out, axis + 1, from + in[axis][i], to + out[axis][i]);
  }
}

// Not by the library's reorder: that of 3.7 leaves elements out where two axes are blocked and do not fill their
// blocks (its issue 3280). What pads must be zero.
bool pack_blocked(const memory& from, memory& to) {
  const memory::desc in = from.get_desc(), out = to.get_desc();
  if (out.get_format_kind() != memory::format_kind::blocked) return false;
  std::memset(to.get_data_handle(), 0, out.get_size());
  copy(offsets(in), offsets(out), 0, static_cast<const float*>(from.get_data_handle()),
       static_cast<float*>(to.get_data_handle()));
  return true;
}
#else
bool pack_blocked(const memory&, memory&) { return false; }
#endif

}  // namespace

class Device::Impl {
 public:
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
};

class Weights::Impl {
 public:
  std::vector<float> values;
  std::shared_ptr<const Blob> bias;  // null: none
  struct Packed {
    memory::desc layout;
    std::shared_ptr<const Blob> blob;
  };
  std::vector<Packed> packed;

  static memory view(const memory::desc& layout, const dnnl::engine& engine, const Blob& blob) {
    return memory(layout, engine, blob.get());
  }

  // The values, which lie as `plain` says, in the layout `wanted`.
  memory pack(const dnnl::engine& engine, const memory::desc& plain, const memory::desc& wanted) {
    for (const Packed& p : packed)
      if (p.layout == wanted) return view(wanted, engine, *p.blob);
    Blob blob = Blob::zeros(wanted.get_size());
    memory from(plain, engine, values.data()), to = view(wanted, engine, blob);
    if (!pack_blocked(from, to)) {
      dnnl::stream stream(engine);
      dnnl::reorder(from, to).execute(stream, from, to);
      stream.wait();
    }
    packed.push_back({wanted, share(std::move(blob))});
    return view(wanted, engine, *packed.back().blob);
  }
};

class Kernel::Impl {
 public:
  Impl(const dnnl::engine& e, dnnl::primitive p) : engine(e), stream(e), primitive(std::move(p)) {}

  void add(int what, const memory& m) {
    memories.push_back(m);
    arguments.push_back({what, m.get()});
  }
  void set(int what, void* data) {
    for (std::size_t i = 0; i < arguments.size(); ++i)
      if (arguments[i].arg == what) memories[i].set_data_handle(data);
  }

  dnnl::engine engine;
  dnnl::stream stream;
  dnnl::primitive primitive;
  std::vector<memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;
  std::shared_ptr<const Weights::Impl> weights;  // they stay there
};

namespace {

memory unbound(const memory::desc& desc, const dnnl::engine& engine) {
  return memory(desc, engine, DNNL_MEMORY_NONE);
}

template <class Desc>
Kernel finish(const dnnl::engine& engine, const Desc& pd, dnnl::primitive primitive) {
  Kernel k;
  k.name = pd.impl_info_str();
  k.impl = std::make_shared<Kernel::Impl>(engine, std::move(primitive));
  k.impl->add(DNNL_ARG_SRC, unbound(pd.src_desc(), engine));
  k.impl->add(DNNL_ARG_DST, unbound(pd.dst_desc(), engine));
  k.scratch_bytes = pd.scratchpad_desc().get_size();
  if (k.scratch_bytes > 0) k.impl->add(DNNL_ARG_SCRATCHPAD, unbound(pd.scratchpad_desc(), engine));
  return k;
}

void add_weights(Kernel& k, const std::shared_ptr<Weights::Impl>& w, const memory::desc& plain,
                 const memory::desc& wanted, const memory::desc& bias) {
  k.impl->weights = w;
  k.impl->add(DNNL_ARG_WEIGHTS, w->pack(k.impl->engine, plain, wanted));
  if (w->bias) k.impl->add(DNNL_ARG_BIAS, Weights::Impl::view(bias, k.impl->engine, *w->bias));
}

dnnl::convolution_forward::primitive_desc conv_desc(const dnnl::engine& engine, const memory::desc& src,
                                                    const memory::desc& weights, const memory::desc& bias,
                                                    const memory::desc& dst, const Window& w,
                                                    const dnnl::primitive_attr& attr) {
  const memory::dims stride{w.stride[0], w.stride[1]}, dilation{w.dilation[0] - 1, w.dilation[1] - 1};
  const memory::dims begin{w.pad_begin[0], w.pad_begin[1]}, end{w.pad_end[0], w.pad_end[1]};
  const auto direct = dnnl::algorithm::convolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kInference, direct, src, weights, bias, dst, stride, dilation, begin, end, attr};
#else
  return {{kInference, direct, src, weights, bias, dst, stride, dilation, begin, end}, attr, engine};
#endif
}

dnnl::deconvolution_forward::primitive_desc deconv_desc(const dnnl::engine& engine, const memory::desc& src,
                                                        const memory::desc& weights, const memory::desc& bias,
                                                        const memory::desc& dst, const Window& w,
                                                        const dnnl::primitive_attr& attr) {
  const memory::dims stride{w.stride[0], w.stride[1]}, dilation{w.dilation[0] - 1, w.dilation[1] - 1};
  // The window's end follows from the output's size, which may differ from the symmetric one.
  memory::dims begin, end;
  for (std::size_t i = 0; i < 2; ++i) {
    begin.push_back(w.pad_begin[i]);
    end.push_back((w.in[i] - 1) * w.stride[i] + (w.kernel[i] - 1) * w.dilation[i] + 1 - w.pad_begin[i] -
                  w.out[i]);
  }
  const auto direct = dnnl::algorithm::deconvolution_direct;
#if DNNL_VERSION_MAJOR >= 3
  return {engine, kInference, direct, src, weights, bias, dst, stride, dilation, begin, end, attr};
#else
  return {{kInference, direct, src, weights, bias, dst, stride, dilation, begin, end}, attr, engine};
#endif
}

}  // namespace

Result<Device> Device::create() {
  return guarded("an engine", [] {
    Device d;
    d.impl = std::make_shared<Impl>();
    return d;
  });
}

Weights::Weights(std::vector<float> values, const std::vector<float>& bias) : impl(std::make_shared<Impl>()) {
  impl->values = std::move(values);
  if (!bias.empty()) impl->bias = share(Blob::of(bias));
}

void Weights::drop_plain() { impl->values = {}; }

void Kernel::bind(const float* source, float* destination) {
  impl->set(DNNL_ARG_SRC, const_cast<float*>(source));
  impl->set(DNNL_ARG_DST, destination);
}
void Kernel::bind_second(const float* second) { impl->set(DNNL_ARG_WEIGHTS, const_cast<float*>(second)); }
void Kernel::bind_scratch(void* scratch) {
  if (scratch_bytes > 0) impl->set(DNNL_ARG_SCRATCHPAD, scratch);
}

Result<> Kernel::run() const {
  const auto status =
      dnnl_primitive_execute(impl->primitive.get(), impl->stream.get(),
                             static_cast<int>(impl->arguments.size()), impl->arguments.data());
  if (status != dnnl_success)
    return fail(Errc::backend, "oneDNN kernel {} failed with status {}", name, int{status});
  return {};
}

Result<Kernel> convolution(const Device& device, const ConvShape& s, const std::vector<PostOp>& post,
                           const Weights& weights) {
  const dnnl::engine& engine = device.impl->engine;
  return guarded("a convolution", [&] {
    const std::int64_t in = s.in_channels / s.groups, out = s.out_channels / s.groups;
    const auto [kh, kw] = s.window.kernel;
    const bool grouped = s.groups > 1;
    const memory::dims dims =
        grouped ? memory::dims{s.groups, out, in, kh, kw} : memory::dims{out, in, kh, kw};
    const Tag plain_tag =
        s.transposed ? (grouped ? Tag::giohw : Tag::iohw) : (grouped ? Tag::goihw : Tag::oihw);
    const memory::desc plain(dims, kF32, plain_tag), any(dims, kF32, Tag::any);
    const memory::desc bias =
        !weights.impl->bias ? memory::desc() : memory::desc({s.out_channels}, kF32, Tag::a);
    const memory::desc src = nhwc(s.batch, s.in_channels, s.window.in),
                       dst = nhwc(s.batch, s.out_channels, s.window.out);
    const auto make = [&](const auto& pd, const auto& primitive) {
      Kernel k = finish(engine, pd, primitive);
      add_weights(k, weights.impl, plain, pd.weights_desc(), bias);
      return k;
    };
    if (s.transposed) {
      const auto pd = deconv_desc(engine, src, any, bias, dst, s.window, attributes(post));
      return make(pd, dnnl::deconvolution_forward(pd));
    }
    const auto pd = conv_desc(engine, src, any, bias, dst, s.window, attributes(post));
    return make(pd, dnnl::convolution_forward(pd));
  });
}

Result<Kernel> pooling(const Device& device, const PoolParams& p) {
  const dnnl::engine& engine = device.impl->engine;
  return guarded("a pooling", [&] {
    const auto alg = p.kind == PoolKind::max       ? dnnl::algorithm::pooling_max
                     : p.kind == PoolKind::average ? dnnl::algorithm::pooling_avg_exclude_padding
                                                   : dnnl::algorithm::pooling_avg_include_padding;
    const Window& w = p.window;
    const memory::desc src = nhwc(p.batch, p.channels, w.in), dst = nhwc(p.batch, p.channels, w.out);
    const memory::dims stride{w.stride[0], w.stride[1]}, kernel{w.kernel[0], w.kernel[1]};
    const memory::dims begin{w.pad_begin[0], w.pad_begin[1]}, end{w.pad_end[0], w.pad_end[1]};
    const memory::dims dilation{w.dilation[0] - 1, w.dilation[1] - 1};
    const auto attr = attributes({});
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::pooling_forward::primitive_desc pd(engine, kInference, alg, src, dst, stride, kernel,
                                                   dilation, begin, end, attr);
    return finish(engine, pd, dnnl::pooling_forward(pd));
#else
    const dnnl::pooling_v2_forward::primitive_desc pd({kInference, alg, src, dst, stride, kernel, dilation, begin, end}, attr, engine);
    return finish(engine, pd, dnnl::pooling_v2_forward(pd));
#endif
  });
}

Result<Kernel> activation(const Device& device, const Activation& f, std::int64_t elements) {
  const dnnl::engine& engine = device.impl->engine;
  return guarded("an activation", [&] {
    const memory::desc flat({elements}, kF32, Tag::a);
    const auto attr = attributes({});
#if DNNL_VERSION_MAJOR >= 3
    const dnnl::eltwise_forward::primitive_desc pd(engine, kInference, algorithm(f), flat, flat, f.alpha,
                                                   f.beta, attr);
#else
    const dnnl::eltwise_forward::primitive_desc pd({kInference, algorithm(f), flat, f.alpha, f.beta}, attr, engine);
#endif
    return finish(engine, pd, dnnl::eltwise_forward(pd));
  });
}

namespace {

dnnl::matmul::primitive_desc matmul_desc(const dnnl::engine& engine, const memory::desc& a,
                                         const memory::desc& b, const memory::desc& bias,
                                         const memory::desc& out, const dnnl::primitive_attr& attr) {
#if DNNL_VERSION_MAJOR >= 3
  return {engine, a, b, bias, out, attr};
#else
  return {{a, b, bias, out}, attr, engine};
#endif
}

memory::desc row_major(const Dims& dims) {
  memory::dims strides(dims.size(), 1);
  for (std::size_t i = dims.size() - 1; i-- > 0;) strides[i] = strides[i + 1] * dims[i + 1];
  return {dims, kF32, strides};
}

}  // namespace

Result<Kernel> dense(const Device& device, const DenseShape& s, const std::vector<PostOp>& post,
                     const Weights& weights) {
  const dnnl::engine& engine = device.impl->engine;
  return guarded("a matrix product", [&] {
    const memory::desc bias =
        !weights.impl->bias ? memory::desc() : memory::desc({1, s.n}, kF32, Tag::ab);
    const memory::desc plain({s.k, s.n}, kF32, Tag::ab), any({s.k, s.n}, kF32, Tag::any);
    const memory::desc left({s.m, s.k}, kF32, s.transposed ? Tag::ba : Tag::ab);
    const auto pd = matmul_desc(engine, left, any, bias, row_major({s.m, s.n}), attributes(post));
    Kernel kernel = finish(engine, pd, dnnl::matmul(pd));
    add_weights(kernel, weights.impl, plain, pd.weights_desc(), bias);
    return kernel;
  });
}

Result<Kernel> matmul(const Device& device, const Dims& a, const Dims& b, const Dims& out) {
  const dnnl::engine& engine = device.impl->engine;
  return guarded("a matrix product", [&] {
    const auto pd = matmul_desc(engine, row_major(a), row_major(b), {}, row_major(out), attributes({}));
    Kernel kernel = finish(engine, pd, dnnl::matmul(pd));
    kernel.impl->add(DNNL_ARG_WEIGHTS, unbound(pd.weights_desc(), engine));
    return kernel;
  });
}

Instructions instructions() {
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto has = [isa](dnnl::cpu_isa wanted) { return (isa & static_cast<unsigned>(wanted)) == static_cast<unsigned>(wanted); };
  return {has(dnnl::cpu_isa::avx512_core_vnni), has(dnnl::cpu_isa::avx512_core_bf16)};
}

std::string version() {
  const dnnl_version_t* v = dnnl_version();
  return fmt::format("{}.{}.{}", v->major, v->minor, v->patch);
}

}  // namespace lc::nn::onednn
