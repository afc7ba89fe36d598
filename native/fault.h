// What is wrong with the data, and where. Python sees it as CodecError and makes a DataError of it.
#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace gristmill {

class Fault : public std::exception {
 public:
  explicit Fault(std::string rule) : rule_(std::move(rule)) {}
  const char* what() const noexcept override { return rule_.c_str(); }

  Fault& in_record(int64_t record) {
    record_ = record;
    return *this;
  }
  Fault& at_offset(int64_t offset) {
    offset_ = offset;
    return *this;
  }
  Fault& in_feature(std::string feature) {
    feature_ = std::move(feature);
    return *this;
  }

  const std::string& rule() const { return rule_; }
  const std::optional<int64_t>& record() const { return record_; }
  const std::optional<int64_t>& offset() const { return offset_; }
  const std::optional<std::string>& feature() const { return feature_; }

 private:
  std::string rule_;
  std::optional<int64_t> record_;
  std::optional<int64_t> offset_;
  std::optional<std::string> feature_;
};

}  // namespace gristmill
