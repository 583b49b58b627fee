#include "model/calibration.h"

#include "model/document.h"
#include "model/json_writer.h"

namespace cyclegate::model {

std::string to_json(const Calibration& calibration) {
  std::string text = begin_document({"cyclegate.calibration", 1});
  LineWriter lines(text);
  Fields<Calibration>::visit(lines, calibration);
  end_document(text);
  return text;
}

}  // namespace cyclegate::model
