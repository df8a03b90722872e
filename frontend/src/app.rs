//! The page: the card, the room, 我的房间, or the form for a new one; the language; and the sign that it is ready.

use shared::{Code, RoomId, RoomMade};
use yew::{
    AttrValue, Callback, ContextProvider, Html, Properties, UseStateSetter, component, html, use_memo,
    use_state_eq,
};

use crate::components::Language;
use crate::components::gone::gone_card;
use crate::components::join::JoinCard;
use crate::components::new_room::NewRoomCard;
use crate::components::pair::pair_card;
use crate::components::room::RoomView;
use crate::components::room_made::room_made_card;
use crate::components::rooms_card::rooms_card;
use crate::components::seat_link::SeatLinkCard;
use crate::hooks::erased::{use_callback, use_default, use_effect_with};
use crate::hooks::use_chat_session::use_chat_session;
use crate::hooks::use_notifications::use_notifications;
use crate::i18n::{Lang, Msg};
use crate::routes;
use crate::services::http::{self, Given};
use crate::services::platform::{self, Listener};
use crate::services::{storage, viewport};
use crate::state::StoredSession;

/// What the page begins with.
#[derive(Debug, Clone, Default, PartialEq, Properties)]
pub struct Early {
    /// What was typed as a name before the program was there.
    pub typed: AttrValue,
}

/// The page.
#[component]
pub fn App(early: &Early) -> Html {
    let lang = use_state_eq(|| storage::lang().unwrap_or_else(platform::language));
    let set = use_callback((), {
        let lang = lang.setter();
        move |chosen, ()| {
            storage::keep_lang(chosen);
            lang.set(chosen);
        }
    });
    let lang = *lang;
    let room = *use_memo((), |()| platform::room());
    let making = use_default::<bool>();

    use_effect_with(lang, |lang| {
        let document = platform::document();
        if let Some(root) = document.document_element() {
            let _ = root.set_attribute("lang", lang.tag());
        }
        if let Some(body) = document.body() {
            let _ = body.set_attribute("data-ready", "1");
        }
    });

    use_effect_with((), |()| viewport::follow());

    // Where the address points to within the page, and how often a seat was brought to it.
    let rooms = use_state_eq(|| platform::fragment() == routes::ROOMS);
    let seats = use_default::<u32>();
    let pairing = use_default::<Option<Pairing>>();
    {
        let pairing = pairing.setter();
        use_effect_with((), move |()| redeem_carried(&pairing));
    }
    {
        let (rooms, seats, making) = (rooms.setter(), seats.clone(), making.setter());
        let pairing = pairing.setter();
        use_effect_with(*seats, move |_| {
            Listener::new(&platform::window(), "hashchange", move |_| {
                rooms.set(platform::fragment() == routes::ROOMS);
                redeem_carried(&pairing);
                if platform::carries() {
                    making.set(false);
                    seats.set(*seats + 1);
                }
            })
        });
    }

    let making_setter = making.setter();
    let onmake = use_callback(true, move |(), make| making_setter.set(*make));
    let making_setter = making.setter();
    let onback = use_callback(false, move |(), make| making_setter.set(*make));
    let made = use_default::<Option<(RoomMade, bool)>>();
    let onmade = use_callback((), {
        let setter = made.setter();
        move |made: RoomMade, ()| {
            let seat = StoredSession { token: made.host_token, name: None };
            let stored = storage::store_session(made.room, &seat);
            setter.set(Some((made, stored)));
        }
    });
    let view = match (room, &*made) {
        (_, Some((made, stored))) => made_card(made, *stored, lang),
        _ if *making => html! { <NewRoomCard {onmade} {onback} /> },
        _ if let Some(Pairing { code, failed }) = &*pairing => {
            let (code, setter) = (code.clone(), pairing.setter());
            let onretry = Callback::from(move |()| redeem(code.clone(), &setter));
            pair_card(*failed, &onretry, &onmake, lang)
        }
        _ if *rooms => rooms_card(&onmake, lang),
        (Some(room), _) => html! { <Page key={*seats} {room} typed={early.typed.clone()} {onmake} /> },
        (None, _) => gone_card(false, &onmake, lang),
    };
    html! {
        <ContextProvider<Language> context={Language { lang, set }}>{ view }</ContextProvider<Language>>
    }
}

/// A pairing code that the address carried.
#[derive(Debug, Clone, PartialEq)]
struct Pairing {
    /// As it was in the address.
    code: String,
    /// Why it is not redeemed yet, if the server has said so.
    failed: Option<Msg>,
}

/// Redeems the pairing code that the address carries, if it does.
fn redeem_carried(pairing: &UseStateSetter<Option<Pairing>>) {
    if let Some(code) = platform::take_pairing_code() {
        redeem(code, pairing);
    }
}

/// Redeems a pairing code and goes to the room, where the person is asked whether to use the identity.
fn redeem(code: String, pairing: &UseStateSetter<Option<Pairing>>) {
    pairing.set(Some(Pairing { code: code.clone(), failed: None }));
    let parsed = code.parse();
    let pairing = pairing.clone();
    let ongiven = Callback::from(move |given: Result<Given, _>| match given {
        Ok(Given { token: Some(token), room: Some(room), name, .. }) => {
            storage::store_fresh(room, &StoredSession { token, name });
            platform::go(room);
        }
        other => {
            let failed = Some(Msg::why(other.err().flatten()));
            pairing.set(Some(Pairing { code: code.clone(), failed }));
        }
    });
    match parsed {
        Ok(code) => http::redeem(code, ongiven),
        Err(_) => ongiven.emit(Err(Some(Code::BadCode))),
    }
}

/// The card of a room just made. `stored` says whether the browser has stored its maker's seat.
fn made_card(made: &RoomMade, stored: bool, lang: Lang) -> Html {
    let (room, token) = (made.room, made.host_token);
    // What the browser does not store goes along in the address.
    let onenter = Callback::from(move |()| match stored {
        true => platform::go(room),
        false => platform::go_to(&platform::seat_link(room, &token, None)),
    });
    room_made_card(made, stored, &onenter, lang)
}

/// What the page of a room needs.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct Props {
    /// The room.
    pub room: RoomId,
    /// The name to begin with, if no other is known.
    pub typed: AttrValue,
    /// The person wants a new room.
    pub onmake: Callback<()>,
}

/// The page of a room.
#[component]
pub fn Page(props: &Props) -> Html {
    let page = use_chat_session(props.room);
    use_notifications(&page.chat);
    if let Some(offered) = &page.chat.seat_link {
        let own = page.chat.seat.as_ref().map(|seat| seat.name.to_string());
        return html! {
            <SeatLinkCard room={props.room} offered={offered.clone()} {own} problem={page.chat.problem}
                onchoose={page.seat_link} />
        };
    }
    if page.chat.in_room() {
        return html! { <RoomView {page} /> };
    }
    let typed = Some(page.chat.typed.clone()).filter(|typed| !typed.is_empty());
    let typed = typed.unwrap_or_else(|| props.typed.to_string());
    html! {
        <JoinCard
            room={props.room}
            token={page.chat.token()}
            typed={typed}
            joining={page.chat.seat.is_some()}
            problem={page.chat.problem}
            another={page.chat.offers_another_name()}
            joins_at={page.chat.joins_at()}
            ontype={page.name_typed}
            onconnect={page.connect}
            onnames={page.name_rule}
            onanew={page.anew}
            onmake={props.onmake.clone()}
        />
    }
}
