//! What the runners of zkVM guests share. A runner is one process that reads its arguments and never touches the guest,
//! and one child of it that loads and executes the guest under limits. Whatever becomes of the child, the first process
//! prints exactly one JSON object that says how the guest ended.

pub use libc;

pub mod answer;
pub mod arguments;
pub mod call_tree;
pub mod program;
pub mod supervise;
