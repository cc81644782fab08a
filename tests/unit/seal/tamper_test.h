// Random changes of one message of each type, tried on an opener that would take the originals.
#pragma once

namespace lc::seal::test {

void alter_and_open(int changes_to_try);

}  // namespace lc::seal::test
