//! What was filled in for a new room, and whether it makes one.

use shared::limits::CAPACITY;
use shared::{BadText, History, NewRoom, Title};

/// The form, as it is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// A group, or two people.
    pub group: bool,
    /// How many seats the group has, as typed.
    pub seats: String,
    /// The name, as typed; it may be empty.
    pub title: String,
    /// What newcomers may read.
    pub history: History,
}

/// What is wrong with a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadForm {
    /// The seats are no number within [`CAPACITY`].
    Seats,
    /// The name is too long, or no line of text.
    Title,
}

impl Form {
    /// The room that is wished for.
    ///
    /// # Errors
    /// [`BadForm`] says which field to mend.
    pub fn wish(&self) -> Result<NewRoom, BadForm> {
        let capacity = if self.group { seats(&self.seats).ok_or(BadForm::Seats)? } else { *CAPACITY.start() };
        let title = match Title::parse(&self.title) {
            Ok(title) => Some(title.as_str().to_owned()),
            Err(BadText::Empty) => None,
            Err(BadText::TooLong | BadText::Control) => return Err(BadForm::Title),
        };
        Ok(NewRoom { capacity, title, history: Some(self.history) })
    }
}

/// A Chinese input method may give digits of full width.
fn seats(typed: &str) -> Option<u32> {
    let half = |c| match c {
        '０'..='９' => char::from_digit(u32::from(c) - u32::from('０'), 10).unwrap_or(c),
        other => other,
    };
    let number: u32 = typed.trim().chars().map(half).collect::<String>().parse().ok()?;
    CAPACITY.contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use shared::limits::TITLE_MAX;

    use super::*;

    fn form(group: bool, seats: &str, title: &str) -> Form {
        Form { group, seats: seats.to_owned(), title: title.to_owned(), history: History::All }
    }

    #[test]
    fn two_people_have_two_seats_whatever_stands_in_the_other_field() {
        let wish = form(false, "999", "").wish().unwrap();
        assert_eq!((wish.capacity, wish.title, wish.history), (2, None, Some(History::All)));
    }

    #[test]
    fn a_group_has_as_many_seats_as_was_typed_in_either_width() {
        for (typed, seats) in [("2", 2), ("1000", 1_000), (" 12 ", 12), ("１２", 12)] {
            assert_eq!(form(true, typed, "").wish().unwrap().capacity, seats);
        }
        for typed in ["", "1", "0", "-3", "1001", "9.5", "十", "99999999999"] {
            assert_eq!(form(true, typed, "").wish(), Err(BadForm::Seats), "{typed:?}");
        }
    }

    #[test]
    fn a_name_is_trimmed_left_out_when_empty_and_never_too_long() {
        assert_eq!(form(false, "", " 周末爬山 ").wish().unwrap().title.as_deref(), Some("周末爬山"));
        assert_eq!(form(false, "", "\u{3000}").wish().unwrap().title, None);
        assert_eq!(form(false, "", &"字".repeat(TITLE_MAX + 1)).wish(), Err(BadForm::Title));
    }
}
