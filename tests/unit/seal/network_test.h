// A network that loses 30 % of the messages, doubles 25 % and reorders over 1,000, while keys change.
#pragma once

namespace lc::seal::test {

void cross_a_network(int messages);

}  // namespace lc::seal::test
