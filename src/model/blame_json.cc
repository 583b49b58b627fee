#include "model/blame_json.h"

#include "model/document.h"
#include "model/json_writer.h"

namespace cyclegate::model {

std::string to_json(const Blame& blame) {
  std::string text = begin_document({"cyclegate.blame", 1});
  LineWriter lines(text);
  Fields<Blame>::visit(lines, blame);
  end_document(text);
  return text;
}

}  // namespace cyclegate::model
