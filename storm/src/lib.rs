//! Pages and the server of 对聊 in bad weather: cut connections, killed servers, people who go on all the same.
//!
//! Two storms share the pages ([`page`], [`person`]) and the judgement ([`witness`], [`verdict`], [`faults`]). The
//! [`simulated`] one runs server and pages in one thread, in its own time, and a seed repeats it exactly. The [`real`] one
//! has the real server process, real sockets and `kill -9`; there a seed repeats the plan.

pub mod faults;
pub mod page;
pub mod person;
pub mod real;
pub mod simulated;
pub mod verdict;
pub mod witness;
