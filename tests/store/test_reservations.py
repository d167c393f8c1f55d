"""What waits to be handed over: a database from before it was listed has the list after its migration."""

from cm_engine.actions.draw import draw_by_hand
from cm_engine.actions.redeem import cancel, choose, hand_over
from cm_engine.actions.verify import verify
from cm_engine.store import schema
from tests.clinic import clinic


def test_the_list_is_made_from_the_log(migrated_url: str) -> None:
    with clinic(migrated_url) as riverside:
        ada = riverside.enrol()
        riverside.tests(ada, "NNN")
        redemptions = []
        for _ in range(3):
            draw_by_hand(riverside.engine, riverside.request(), ada, "va-prize", "small")
            answer = choose(riverside.engine, riverside.request(), ada, riverside.prize("Coffee card"))
            redemptions.append(answer["redemption"])
        hand_over(riverside.engine, riverside.request(), ada, redemptions[0])
        cancel(riverside.engine, riverside.request(), ada, redemptions[1])
        listed = "SELECT * FROM reservations"
        before = riverside.ask(listed)
        schema.downgrade(riverside.engine.database, "0003")
        schema.upgrade(riverside.engine.database)
        assert riverside.ask(listed) == before
        assert [row[0] for row in before] == redemptions[2:]
        assert verify(riverside.engine).is_clean
