//! A list that draws only the rows near what is in sight. Knows no messages.

pub mod visible_range;
