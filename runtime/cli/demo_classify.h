// latentcast demo classify: pictures whose content is known travel as sealed latents, and the receiver names them.
#pragma once

#include <string>

#include "base/result.h"

namespace lc::cli {

struct DemoClassifyArguments {
  std::string stamps;  // folder of pictures; known_pictures() in the .cc says which are taken
  std::string config = "configs/demo.yaml", out = "out";
  bool json = false;
};

// Prints what each picture shows and what came back, and leaves <out>/classify.png.
// returns  the exit code: failed when frames were lost, or as many confident answers are wrong as right
// errors   not_found: no picture of known content; what DemoSession reports
Result<int> run_demo_classify(const DemoClassifyArguments& arguments);

}  // namespace lc::cli
