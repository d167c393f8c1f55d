"""A visit at the kiosk, in Spanish: from the first PIN to the prize, and away without a word."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import SitDown
from tests.journeys.hands import AT_A_TABLET, Finger, Hands, Keyboard
from tests.journeys.tablet import PIN, one_time_code, tablet, type_digits
from tests.web.rooms import Rooms

CODE = "R-1001"

# After so many seconds the kiosk asks, and after so many more it leaves.
ASKS, LEAVES = 31, 21


@pytest.mark.parametrize("with_", AT_A_TABLET)
def test_a_visit_at_the_kiosk_in_spanish(rooms: Rooms, sit_down: SitDown, with_: type[Finger] | type[Keyboard]) -> None:
    inez = rooms.enrol(CODE, "Inez Ruiz")
    came_and_was_negative_on_four_days(rooms, inez)
    screen = tablet(rooms, sit_down, locale="es-MX").page
    hands = with_(screen)

    a_pin_is_chosen_with_the_code_from_the_desk(screen, hands, one_time_code(rooms, inez))
    home_tells_what_there_is_and_what_comes_next(screen)
    a_slip_is_drawn_and_the_draw_is_checked(screen, hands)
    the_others_are_drawn_all_at_once(screen, hands)
    a_prize_is_chosen(screen, hands)
    a_note_says_what_is_not_right(screen, hands)
    whoever_goes_away_is_asked_and_signed_out(screen, hands)
    the_way_back_shows_nothing(screen)
    assert staff_read(rooms, sit_down, "No vine el miércoles")


def came_and_was_negative_on_four_days(rooms: Rooms, participant: str) -> None:
    for _ in range(4):
        rooms.clinic.record(participant)
        rooms.clinic.clock.go_on(days=2)


def a_pin_is_chosen_with_the_code_from_the_desk(screen: Page, hands: Hands, code: str) -> None:
    expect(screen.get_by_role("heading", name="¡Hola!")).to_be_visible()
    hands.write(screen.get_by_label("Escanee su tarjeta o escriba su código"), CODE)
    hands.press(screen.get_by_role("button", name="Seguir"))
    hands.press(screen.get_by_role("link", name="¿Primera vez o lo olvidó?"))
    type_digits(hands, screen.get_by_label("Código de recepción"), code.replace(" ", ""))
    type_digits(hands, screen.get_by_label("PIN nuevo, seis dígitos"), PIN)
    type_digits(hands, screen.get_by_label("El mismo PIN otra vez"), PIN)
    hands.press(screen.get_by_role("button", name="Guardar este PIN"))
    expect(screen).to_have_url(re.compile("/kiosk/home$"))


def home_tells_what_there_is_and_what_comes_next(screen: Page) -> None:
    expect(screen.get_by_role("region", name="Lo que tengo")).to_contain_text("10 papelitos")
    expect(screen.get_by_role("img", name="4 seguidas. El próximo escalón vale 5 papelitos.")).to_be_visible()


def a_slip_is_drawn_and_the_draw_is_checked(screen: Page, hands: Hands) -> None:
    hands.press(screen.get_by_role("link", name="Sacar mis papelitos"))
    hands.press(screen.get_by_role("button", name="Traer el tazón"))
    sealed = screen.locator("code").inner_text()
    hands.write(screen.get_by_label("Diga un número del 1 al"), "7")
    hands.press(screen.get_by_role("button", name="Elegirlo"))
    expect(screen.get_by_role("heading", name="Su papelito")).to_be_visible()
    hands.press(screen.get_by_role("link", name="Comprobar este sorteo"))
    expect(screen.get_by_text("Lo calculamos otra vez: el papelito es correcto.")).to_be_visible()
    expect(screen.get_by_text(sealed)).to_be_visible()


def the_others_are_drawn_all_at_once(screen: Page, hands: Hands) -> None:
    hands.press(screen.get_by_role("link", name="Inicio"))
    hands.press(screen.get_by_role("link", name="Sacar mis papelitos"))
    hands.write(screen.get_by_label("Diga un número del 1 al"), "7")
    hands.press(screen.get_by_role("button", name="Elegir los 9 a la vez"))
    expect(screen.get_by_role("heading", name="Sus papelitos de hoy")).to_be_visible()


def a_prize_is_chosen(screen: Page, hands: Hands) -> None:
    hands.press(screen.get_by_role("link", name="Premios"))
    hands.press(screen.get_by_role("listitem").filter(has_text="Coffee card").get_by_role("button"))
    expect(screen.get_by_role("status")).to_contain_text("Coffee card: es para usted. Recójalo en recepción.")


def a_note_says_what_is_not_right(screen: Page, hands: Hands) -> None:
    hands.press(screen.get_by_role("link", name="Inicio"))
    hands.press(screen.get_by_role("link", name="Mi estado de cuenta"))
    hands.press(screen.get_by_role("link", name="¿No está bien?").first)
    hands.write(screen.get_by_label("Díganos qué debería ser distinto"), "No vine el miércoles")
    hands.press(screen.get_by_role("button", name="Enviar"))
    expect(screen.get_by_role("status")).to_contain_text("Gracias.")


def whoever_goes_away_is_asked_and_signed_out(screen: Page, hands: Hands) -> None:
    screen.clock.install()
    hands.press(screen.get_by_role("link", name="Inicio"))
    expect(screen.get_by_role("region", name="Lo que tengo")).to_be_visible()
    screen.wait_for_load_state()
    still_there = screen.get_by_role("dialog", name="¿Sigue ahí?")
    screen.clock.run_for(ASKS * 1000)
    hands.press(still_there.get_by_role("button", name="Sí, aquí estoy"))
    expect(still_there).not_to_be_visible()
    screen.clock.run_for(ASKS * 1000)
    expect(still_there).to_be_visible()
    screen.clock.run_for(LEAVES * 1000)
    expect(screen.get_by_role("heading", name="¡Hola!")).to_be_visible()


def the_way_back_shows_nothing(screen: Page) -> None:
    screen.go_back()
    expect(screen.get_by_role("heading", name="¡Hola!")).to_be_visible()
    expect(screen).to_have_title("Bienvenida")


def staff_read(rooms: Rooms, sit_down: SitDown, words: str) -> bool:
    dev = sit_down("dev")
    dev.go(f"/programs/{rooms.program}/notes")
    return dev.page.get_by_text(words).is_visible()
