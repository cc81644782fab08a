#include "cli/onnx_runtime.h"

#include <dlfcn.h>

#include <algorithm>
#include <cmath>

#include "cli/ort_api.h"

namespace lc::cli {
namespace {

namespace fs = std::filesystem;

constexpr char kLibraryName[] = "libonnxruntime.so";  // and what versions append

struct CloseLibrary {
  void operator()(void* handle) const { ::dlclose(handle); }
};
using Handle = std::unique_ptr<void, CloseLibrary>;

Result<> check(const ort::Api& api, ort::Status* status) {
  if (!status) return {};
  const std::string text = api.GetErrorMessage(status);
  api.ReleaseStatus(status);
  return fail(Errc::backend, "ONNX Runtime: {}", text);
}

Result<std::vector<fs::path>> libraries_of(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error))
    return fail(Errc::not_found, "--ort: {}: no such file or folder; to get it: {}", path.string(), kHowToGetOrt);
  if (!fs::is_directory(path, error)) return std::vector{path};
  std::vector<fs::path> out;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(path, options, error), end; !error && at != end; at.increment(error))
    if (at->path().filename().string().starts_with(kLibraryName)) out.push_back(at->path());
  if (out.empty())
    return fail(Errc::not_found, "--ort: {}: no {}.1 anywhere below; to get it: {}", path.string(), kLibraryName,
                kHowToGetOrt);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

struct OnnxRuntime::State {
  fs::path file;
  std::string version;
  Handle library;
  const ort::Api* api = nullptr;
  ort::Env* env = nullptr;

  static Result<std::unique_ptr<State>> open(const fs::path& file) {
    auto state = std::make_unique<State>();
    state->file = file;
    state->library.reset(::dlopen(fs::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL));
    if (!state->library)
      return fail(Errc::unsupported, "--ort: {}: not a library of this machine: {}", file.string(), ::dlerror());
    const auto base = reinterpret_cast<const ort::ApiBase* (*)()>(::dlsym(state->library.get(), "OrtGetApiBase"));
    if (!base) return fail(Errc::unsupported, "--ort: {}: another library, not ONNX Runtime", file.string());
    state->version = base()->GetVersionString();
    state->api = base()->GetApi(ort::kTableVersion);
    if (!state->api)
      return fail(Errc::unsupported, "--ort: {}: ONNX Runtime {} is too old, 1.6 is needed", file.string(),
                  state->version);
    LC_TRY(check(*state->api, state->api->CreateEnv(ort::kLogErrors, "latentcast", &state->env)));
    return state;
  }
  ~State() {
    if (env) api->ReleaseEnv(env);
  }
};

OnnxRuntime::OnnxRuntime(std::unique_ptr<State> state) : state_(std::move(state)) {}
OnnxRuntime::~OnnxRuntime() = default;
const std::string& OnnxRuntime::version() const { return state_->version; }
const fs::path& OnnxRuntime::file() const { return state_->file; }

Result<std::shared_ptr<const OnnxRuntime>> OnnxRuntime::open(const fs::path& file_or_folder) {
  Error last{};
  for (const fs::path& file : LC_TRY(libraries_of(file_or_folder))) {
    auto state = State::open(file);
    if (state) return std::shared_ptr<const OnnxRuntime>(new OnnxRuntime(*std::move(state)));
    last = std::move(state).error();
  }
  return tl::unexpected<Error>(std::move(last));
}

struct OrtSession::State {
  std::shared_ptr<const OnnxRuntime> runtime;
  const ort::Api& api;
  ort::Allocator* allocator = nullptr;
  ort::Session* session = nullptr;
  std::vector<std::string> input_names, output_names;
  std::vector<const char*> input_words, output_words;  // of the above
  std::vector<ort::Value*> inputs, outputs;

  explicit State(std::shared_ptr<const OnnxRuntime> r) : runtime(std::move(r)), api(*runtime->state_->api) {}
  ~State() {
    for (const auto* values : {&inputs, &outputs})
      for (ort::Value* value : *values)
        if (value) api.ReleaseValue(value);
    if (session) api.ReleaseSession(session);
  }

  Result<> load(ByteSpan onnx, int threads);
  Result<> name_ports();
  Result<> make_input(std::size_t index, nn::Dims dims);
  Result<std::pair<ort::ElementType, std::size_t>> type_of(const ort::Value* value) const;
};

Result<> OrtSession::State::load(ByteSpan onnx, int threads) {
  ort::SessionOptions* options = nullptr;
  LC_TRY(check(api, api.CreateSessionOptions(&options)));
  const std::unique_ptr<ort::SessionOptions, void (*)(ort::SessionOptions*)> release(options,
                                                                                     api.ReleaseSessionOptions);
  LC_TRY(check(api, api.SetIntraOpNumThreads(options, threads)));
  LC_TRY(check(api, api.SetInterOpNumThreads(options, 1)));
  LC_TRY(check(api, api.SetSessionExecutionMode(options, ort::kSequential)));
  LC_TRY(check(api, api.SetSessionGraphOptimizationLevel(options, ort::kAllOptimisations)));
  LC_TRY(check(api, api.AddSessionConfigEntry(options, "session.force_spinning_stop", "1")));
  return check(api, api.CreateSessionFromArray(runtime->state_->env, onnx.data(), onnx.size(), options, &session));
}

Result<> OrtSession::State::name_ports() {
  const auto take = [&](std::vector<std::string>& names, const auto& count_of, const auto& name_of) -> Result<> {
    std::size_t count = 0;
    LC_TRY(check(api, count_of(session, &count)));
    for (std::size_t i = 0; i < count; ++i) {
      char* name = nullptr;
      LC_TRY(check(api, name_of(session, i, allocator, &name)));
      names.emplace_back(name);
      LC_TRY(check(api, api.AllocatorFree(allocator, name)));
    }
    return {};
  };
  LC_TRY(take(input_names, api.SessionGetInputCount, api.SessionGetInputName));
  LC_TRY(take(output_names, api.SessionGetOutputCount, api.SessionGetOutputName));
  for (const auto& name : input_names) input_words.push_back(name.c_str());
  for (const auto& name : output_names) output_words.push_back(name.c_str());
  inputs.resize(input_names.size());
  outputs.resize(output_names.size());
  return {};
}

Result<> OrtSession::State::make_input(std::size_t index, nn::Dims dims) {
  ort::TypeInfo* info = nullptr;
  LC_TRY(check(api, api.SessionGetInputTypeInfo(session, index, &info)));
  const std::unique_ptr<ort::TypeInfo, void (*)(ort::TypeInfo*)> release(info, api.ReleaseTypeInfo);
  const ort::TensorInfo* tensor = nullptr;
  LC_TRY(check(api, api.CastTypeInfoToTensorInfo(info, &tensor)));
  if (!tensor) return fail(Errc::unsupported, "input '{}' is no tensor", input_names[index]);
  ort::ElementType type{};
  std::size_t rank = 0;
  LC_TRY(check(api, api.GetTensorElementType(tensor, &type)));
  LC_TRY(check(api, api.GetDimensionsCount(tensor, &rank)));
  nn::Dims own(rank);
  LC_TRY(check(api, api.GetDimensions(tensor, own.data(), rank)));
  if (rank != dims.size())
    return fail(Errc::unsupported, "input '{}' has {} dimensions, ours {}", input_names[index], rank, dims.size());
  for (std::size_t i = 0; i < rank; ++i)
    if (own[i] > 0) dims[i] = own[i];
  if (type != ort::kFloat && type != ort::kUint8 && type != ort::kInt8)
    return fail(Errc::unsupported, "input '{}' is neither of floats nor of bytes", input_names[index]);
  return check(api, api.CreateTensorAsOrtValue(allocator, dims.data(), rank, type, &inputs[index]));
}

Result<std::pair<ort::ElementType, std::size_t>> OrtSession::State::type_of(const ort::Value* value) const {
  ort::TensorInfo* info = nullptr;
  LC_TRY(check(api, api.GetTensorTypeAndShape(value, &info)));
  const std::unique_ptr<ort::TensorInfo, void (*)(ort::TensorInfo*)> release(info, api.ReleaseTensorTypeAndShapeInfo);
  std::pair<ort::ElementType, std::size_t> out{};
  LC_TRY(check(api, api.GetTensorElementType(info, &out.first)));
  LC_TRY(check(api, api.GetTensorShapeElementCount(info, &out.second)));
  return out;
}

OrtSession::OrtSession(std::unique_ptr<State> state) : state_(std::move(state)) {}
OrtSession::~OrtSession() = default;
std::size_t OrtSession::inputs() const { return state_->inputs.size(); }

Result<std::unique_ptr<OrtSession>> OrtSession::create(std::shared_ptr<const OnnxRuntime> runtime, ByteSpan onnx,
                                                       const std::vector<nn::Dims>& dims, int threads) {
  auto state = std::make_unique<State>(std::move(runtime));
  LC_TRY(check(state->api, state->api.GetAllocatorWithDefaultOptions(&state->allocator)));
  LC_TRY(state->load(onnx, threads));
  LC_TRY(state->name_ports());
  if (state->inputs.size() != dims.size())
    return fail(Errc::unsupported, "the file has {} inputs, ours {}", state->inputs.size(), dims.size());
  for (std::size_t i = 0; i < dims.size(); ++i) LC_TRY(state->make_input(i, dims[i]));
  return std::unique_ptr<OrtSession>(new OrtSession(std::move(state)));
}

Result<> OrtSession::set_input(std::size_t index, std::span<const float> values) {
  ort::Value* const value = state_->inputs[index];
  const auto [type, count] = LC_TRY(state_->type_of(value));
  if (count != values.size())
    return fail(Errc::invalid_config, "input '{}' has {} elements, ours {}", state_->input_names[index], count,
                values.size());
  void* data = nullptr;
  LC_TRY(check(state_->api, state_->api.GetTensorMutableData(value, &data)));
  if (type == ort::kFloat) {
    std::copy(values.begin(), values.end(), static_cast<float*>(data));
    return {};
  }
  const float scale = type == ort::kUint8 ? 255 : 127;
  std::transform(values.begin(), values.end(), static_cast<std::uint8_t*>(data),
                 [&](float v) { return static_cast<std::uint8_t>(std::lround(std::clamp(v, 0.0F, 1.0F) * scale)); });
  return {};
}

Result<> OrtSession::run() {
  State& s = *state_;
  return check(s.api, s.api.Run(s.session, nullptr, s.input_words.data(), s.inputs.data(), s.inputs.size(),
                                s.output_words.data(), s.outputs.size(), s.outputs.data()));
}

Result<std::vector<float>> OrtSession::output(std::size_t index) const {
  ort::Value* const value = state_->outputs[index];
  const auto [type, count] = LC_TRY(state_->type_of(value));
  if (type != ort::kFloat) return std::vector<float>{};
  void* data = nullptr;
  LC_TRY(check(state_->api, state_->api.GetTensorMutableData(value, &data)));
  const auto* const numbers = static_cast<const float*>(data);
  return std::vector<float>(numbers, numbers + count);
}

}  // namespace lc::cli
