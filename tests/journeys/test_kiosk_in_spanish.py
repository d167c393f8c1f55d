"""A visit at the kiosk, in Spanish: from the first PIN to the prize, and away without a word."""

import re

from playwright.sync_api import Page, expect

from tests.journeys.conftest import SitDown
from tests.journeys.tablet import PIN, one_time_code, tablet, tap_digits
from tests.web.rooms import Rooms

CODE = "R-1001"

# After so many seconds the kiosk asks, and after so many more it leaves.
ASKS, LEAVES = 31, 21


def test_a_visit_at_the_kiosk_in_spanish(rooms: Rooms, sit_down: SitDown) -> None:
    inez = rooms.enrol(CODE, "Inez Ruiz")
    came_and_was_negative_on_four_days(rooms, inez)
    kiosk = tablet(rooms, sit_down, locale="es-MX")
    screen = kiosk.page

    a_pin_is_chosen_with_the_code_from_the_desk(screen, one_time_code(rooms, inez))
    home_tells_what_there_is_and_what_comes_next(screen)
    a_slip_is_drawn_and_the_draw_is_checked(screen)
    the_others_are_drawn_all_at_once(screen)
    a_prize_is_chosen(screen)
    a_note_says_what_is_not_right(screen)
    whoever_goes_away_is_asked_and_signed_out(screen)
    the_way_back_shows_nothing(screen)
    assert staff_read(rooms, sit_down, "No vine el miércoles")


def came_and_was_negative_on_four_days(rooms: Rooms, participant: str) -> None:
    for _ in range(4):
        rooms.clinic.record(participant)
        rooms.clinic.clock.go_on(days=2)


def a_pin_is_chosen_with_the_code_from_the_desk(screen: Page, code: str) -> None:
    expect(screen.get_by_role("heading", name="¡Hola!")).to_be_visible()
    screen.get_by_label("Escanee su tarjeta o escriba su código").fill(CODE)
    screen.get_by_role("button", name="Seguir").tap()
    screen.get_by_role("link", name="¿Primera vez o lo olvidó?").tap()
    screen.get_by_label("Código de recepción").tap()
    tap_digits(screen, code.replace(" ", ""))
    tap_digits(screen, PIN)
    tap_digits(screen, PIN)
    screen.get_by_role("button", name="Guardar este PIN").tap()
    expect(screen).to_have_url(re.compile("/kiosk/home$"))


def home_tells_what_there_is_and_what_comes_next(screen: Page) -> None:
    expect(screen.get_by_role("region", name="Lo que tengo")).to_contain_text("10 papelitos")
    expect(screen.get_by_role("img", name="4 seguidas. El próximo escalón vale 5 papelitos.")).to_be_visible()


def a_slip_is_drawn_and_the_draw_is_checked(screen: Page) -> None:
    screen.get_by_role("link", name="Sacar mis papelitos").tap()
    screen.get_by_role("button", name="Traer el tazón").tap()
    sealed = screen.locator("code").inner_text()
    screen.get_by_label("Diga un número del 1 al").fill("7")
    screen.get_by_role("button", name="Elegirlo").tap()
    expect(screen.get_by_role("heading", name="Su papelito")).to_be_visible()
    screen.get_by_role("link", name="Comprobar este sorteo").tap()
    expect(screen.get_by_text("Lo calculamos otra vez: el papelito es correcto.")).to_be_visible()
    expect(screen.get_by_text(sealed)).to_be_visible()


def the_others_are_drawn_all_at_once(screen: Page) -> None:
    screen.get_by_role("link", name="Inicio").tap()
    screen.get_by_role("link", name="Sacar mis papelitos").tap()
    screen.get_by_label("Diga un número del 1 al").fill("7")
    screen.get_by_role("button", name="Este número para los 9").tap()
    expect(screen.get_by_role("heading", name="Sus papelitos de hoy")).to_be_visible()


def a_prize_is_chosen(screen: Page) -> None:
    screen.get_by_role("link", name="Premios").tap()
    screen.get_by_role("listitem").filter(has_text="Coffee card").get_by_role("button").tap()
    expect(screen.get_by_role("status")).to_contain_text("Coffee card: es para usted. Recójalo en recepción.")


def a_note_says_what_is_not_right(screen: Page) -> None:
    screen.get_by_role("link", name="Inicio").tap()
    screen.get_by_role("link", name="Mi estado de cuenta").tap()
    screen.get_by_role("link", name="¿No está bien?").first.tap()
    screen.get_by_label("Díganos qué debería ser distinto").fill("No vine el miércoles")
    screen.get_by_role("button", name="Enviar").tap()
    expect(screen.get_by_role("status")).to_contain_text("Gracias.")


def whoever_goes_away_is_asked_and_signed_out(screen: Page) -> None:
    screen.clock.install()
    screen.get_by_role("link", name="Inicio").tap()
    expect(screen.get_by_role("region", name="Lo que tengo")).to_be_visible()
    screen.wait_for_load_state()
    still_there = screen.get_by_role("dialog", name="¿Sigue ahí?")
    screen.clock.run_for(ASKS * 1000)
    still_there.get_by_role("button", name="Sí, aquí estoy").tap()
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
