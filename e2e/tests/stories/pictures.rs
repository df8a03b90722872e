//! Pictures for a person to look at, in `target/screenshots`: desk and phone, light and dark.

use e2e::TestWorld;

use crate::rooms::{join_by_link, make_room};

#[test]
fn the_card_the_refusal_and_the_room_have_their_pictures_taken() {
    let story = TestWorld::start();
    let zhang = story.window();
    zhang.take_screenshots("join");
    zhang.join("欧阳静怡");

    let li = story.window();
    li.type_name("zhang三");
    li.connect();
    li.wait_until("the refusal", "return !!document.querySelector('#name-hint.bad')");
    li.take_screenshots("join-bad-name");
    li.refused("欧阳静怡");
    li.take_screenshots("join-refused");
    li.join("李四");

    zhang.say("早！昨晚的方案你看了吗？");
    li.wait_for_text("早！昨晚的方案你看了吗？");
    li.say("看了，第二部分写得很清楚。\n图我下午补上：https://example.com/方案");
    zhang.wait_for_text("看了，第二部分写得很清楚。\n图我下午补上：https://example.com/方案");
    zhang.say("太好了");
    zhang.say(
        "那我们三点过一遍，顺便把“两个窗口、两个名字”那一节的截图换成新的，旧的那张字太小，投影上看不清。",
    );
    li.wait_for_text("太好了");
    li.say("好，三点见");
    zhang.wait_for_text("好，三点见");
    zhang.wait_until_delivered("太好了");
    zhang.take_screenshots("room");
}

#[test]
fn the_lost_connection_has_its_picture_taken() {
    let mut story = TestWorld::start();
    let (zhang, li) = story.pair("张三", "李四");
    zhang.say("你那边怎么样？");
    li.wait_for_text("你那边怎么样？");
    li.say("挺好的");
    zhang.wait_for_text("挺好的");
    story.server.kill9();
    zhang.wait_until_lost();
    zhang.say("我这边好像断了");
    zhang.wait_for_text("我这边好像断了");
    zhang.take_screenshots("lost");
}

#[test]
fn a_lively_conversation_has_its_picture_taken() {
    let story = TestWorld::start();
    let zhang = story.window();
    let link = make_room(&zhang, "欧阳静怡", 2);
    zhang.join("张三");
    let elsewhere = story.profile();
    let jing = elsewhere.window();
    join_by_link(&jing, &link, "欧阳静怡");
    jing.say("下午的会改到三点了，地点还是上海东路那家。");
    jing.say("材料我带着，你只用带电脑。");
    zhang.wait_for_text("材料我带着，你只用带电脑。");
    zhang.choose_for("下午的会改到三点了，地点还是上海东路那家。", "回复");
    zhang.wait_until("the answer", "return !!document.querySelector('#aim')");
    zhang.commit("收到，我两点半出门。");
    zhang.press_enter();
    zhang.wait_for_state("收到，我两点半出门。", "已读");
    zhang.say("打错了");
    zhang.wait_until_delivered("打错了");
    zhang.choose_for("打错了", "撤回");
    zhang.wait_for_note("你撤回了一条消息");
    zhang.put_out_of_sight(true);
    jing.say("地图在这里 https://example.com/map。别走错门。");
    zhang.wait_for_text("地图在这里 https://example.com/map。别走错门。");
    zhang.put_out_of_sight(false);
    zhang.say("好的，看到了");
    zhang.wait_for_state("好的，看到了", "已读");
    jing.write("textarea#message", "嗯");
    zhang.wait_for_typing("欧阳静怡正在输入…");
    zhang.take_screenshots("lively");
    zhang.right_click("好的，看到了");
    zhang.take_screenshots("lively-menu");
}
