#include <nanobind/nanobind.h>

NB_MODULE(_native, m) { m.doc() = "tf.Example codec and TFRecord framing"; }
