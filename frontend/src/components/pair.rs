//! The card of a pairing code that the page's address carried, while it is redeemed, and if it cannot be.

use yew::{Callback, Html, html};

use super::button;
use super::gone::card;
use crate::i18n::{Lang, Msg};

/// The card. `failed` says why the code is not redeemed; only a code that is good for nothing cannot be tried again.
pub fn pair_card(failed: Option<Msg>, onretry: &Callback<()>, onmake: &Callback<()>, lang: Lang) -> Html {
    let body = match failed {
        None => html! { <p>{ Msg::Opening.say(lang) }</p> },
        Some(why) => html! {
            <>
                <div class="problem" role="alert">{ why.say(lang) }</div>
                if why != Msg::RefusedBadCode {
                    { button("pair-again", "btn quiet", Msg::Retry, lang, onretry) }
                }
            </>
        },
    };
    card("pair", Msg::PairHeading, body, onmake, lang)
}
