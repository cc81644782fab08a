#include "nn/plan.h"

#include "support/codec_graphs.h"
#include "support/nn_compare.h"
#include "support/test.h"

using namespace lc;
using namespace lc::nn;

TEST_CASE("plan: networks of the codec's shape agree with the reference, whatever the threads") {
  // Of 16 and 24 channels, where blocks are single layers of the library, and of 32 and 64, where they are ours.
  const test::CodecShape small{16, 24, 2, 1}, ours{32, 64, 2, 1};
  for (const Bytes& model : {test::codec_encoder(small), test::codec_decoder(small), test::codec_encoder(ours), test::codec_decoder(ours)}) {
    const Graph graph = Graph::load(model, "small").value();
    const bool decodes = graph.inputs()[0].name == "y";
    for (const Dims& dims : {Dims{1, 3, 16, 16}, Dims{1, 3, 48, 80}, Dims{1, 3, 160, 32}}) {
      Dims in = dims;
      if (decodes) in = {1, graph.inputs()[0].dims[1], dims[2] / 16, dims[3] / 16};
      for (int threads : {1, 3}) {
        CAPTURE(nn::to_string(in));
        CAPTURE(threads);
        CHECK(test::largest_difference(graph, {{in}, threads}, 7) < 1e-4);
      }
    }
  }
}

TEST_CASE("plan: networks of lc5's size get no reference kernel of the library") {
  const Graph encoder = Graph::load(test::codec_encoder(), "encoder").value();
  const Graph decoder = Graph::load(test::codec_decoder(), "decoder").value();
  for (int threads : {1, 2}) {
    CHECK(Plan::create(encoder, {{{1, 3, 144, 176}}, threads}).value().describe().find("(slow)") ==
          std::string::npos);
    CHECK(Plan::create(decoder, {{{1, 192, 9, 11}}, threads}).value().describe().find("(slow)") ==
          std::string::npos);
  }
}
