// Changes of the key, of every kind and at random, over a network that reorders.
#pragma once

namespace lc::seal::test {

void rotate_often(int wanted);

}  // namespace lc::seal::test
