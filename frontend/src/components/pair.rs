//! The card of a pairing code that the page's address carried, while it is redeemed, and if it cannot be.

use yew::{Callback, Html, html};

use super::gone::card;
use crate::i18n::{Lang, Msg};

/// The card. `failed` says why the code cannot be redeemed.
pub fn pair_card(failed: Option<Msg>, onmake: &Callback<()>, lang: Lang) -> Html {
    let body = match failed {
        None => html! { <p>{ Msg::Opening.say(lang) }</p> },
        Some(why) => html! { <div class="problem" role="alert">{ why.say(lang) }</div> },
    };
    card("pair", Msg::PairHeading, body, onmake, lang)
}
