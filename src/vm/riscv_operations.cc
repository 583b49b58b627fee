#include "vm/riscv_operations.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cyclegate::vm {

std::optional<Operation> register_operation(Mnemonic mnemonic) {
  using M = Mnemonic;
  using O = Operation;
  static constexpr std::pair<M, O> table[] = {
      {M::add, O::add},       {M::sub, O::sub},       {M::sll, O::sll},       {M::slt, O::lt},
      {M::sltu, O::ltu},      {M::xor_, O::xor_},     {M::srl, O::srl},       {M::sra, O::sra},
      {M::or_, O::or_},       {M::and_, O::and_},     {M::addw, O::add_w},    {M::subw, O::sub_w},
      {M::sllw, O::sll_w},    {M::srlw, O::srl_w},    {M::sraw, O::sra_w},    {M::mul, O::mul},
      {M::mulh, O::mulh},     {M::mulhsu, O::mulsuh}, {M::mulhu, O::muluh},   {M::div, O::div},
      {M::divu, O::divu},     {M::rem, O::rem},       {M::remu, O::remu},     {M::mulw, O::mul_w},
      {M::divw, O::div_w},    {M::divuw, O::divu_w},  {M::remw, O::rem_w},    {M::remuw, O::remu_w},
      {M::bset, O::bset},     {M::bclr, O::bclr},     {M::binv, O::binv},     {M::bext, O::bext},
      {M::rol, O::rol},       {M::ror, O::ror},       {M::rolw, O::rol_w},    {M::rorw, O::ror_w},
      {M::andn, O::andn},     {M::orn, O::orn},       {M::xnor, O::xnor},     {M::min, O::min},
      {M::max, O::max},       {M::minu, O::minu},     {M::maxu, O::maxu},     {M::pack, O::pack},
      {M::packh, O::pack_h},  {M::packw, O::pack_w},  {M::sh1add, O::sh1add}, {M::sh2add, O::sh2add},
      {M::sh3add, O::sh3add},
  };
  const auto* found = std::ranges::find(table, mnemonic, &std::pair<M, O>::first);
  if (found == std::end(table)) return std::nullopt;
  return found->second;
}

std::optional<Operation> immediate_operation(Mnemonic mnemonic) {
  using M = Mnemonic;
  using O = Operation;
  static constexpr std::pair<M, O> table[] = {
      {M::addi, O::add},    {M::slti, O::lt},     {M::sltiu, O::ltu},   {M::xori, O::xor_},   {M::ori, O::or_},
      {M::andi, O::and_},   {M::slli, O::sll},    {M::srli, O::srl},    {M::srai, O::sra},    {M::addiw, O::add_w},
      {M::slliw, O::sll_w}, {M::srliw, O::srl_w}, {M::sraiw, O::sra_w}, {M::bseti, O::bset},  {M::bclri, O::bclr},
      {M::binvi, O::binv},  {M::bexti, O::bext},  {M::rori, O::ror},    {M::roriw, O::ror_w}, {M::slli_uw, O::sll_u_w},
  };
  const auto* found = std::ranges::find(table, mnemonic, &std::pair<M, O>::first);
  if (found == std::end(table)) return std::nullopt;
  return found->second;
}

std::optional<Operation> unary_operation(Mnemonic mnemonic) {
  using M = Mnemonic;
  using O = Operation;
  static constexpr std::pair<M, O> table[] = {
      {M::sext_b, O::signextend_b}, {M::sext_h, O::signextend_h}, {M::clz, O::clz},     {M::ctz, O::ctz},
      {M::cpop, O::cpop},           {M::clzw, O::clz_w},          {M::ctzw, O::ctz_w},  {M::cpopw, O::cpop_w},
      {M::rev8, O::rev8},           {M::brev8, O::brev8},         {M::orc_b, O::orc_b},
  };
  const auto* found = std::ranges::find(table, mnemonic, &std::pair<M, O>::first);
  if (found == std::end(table)) return std::nullopt;
  return found->second;
}

}  // namespace cyclegate::vm
