// Random changes of a sealed model and of a signed recording.
#pragma once

namespace lc::seal::test {

void alter_models(int files);
void alter_recordings(int files);

}  // namespace lc::seal::test
