"""Laws that every policy keeps: subclass `PolicyLaws` in a test, and give it policies of a kind of your own.

    from hypothesis import strategies as st
    from cm_engine.testing import PolicyLaws

    class TestPunchCard(PolicyLaws):
        policies = st.sampled_from([TEN_STAMPS, FIVE_STAMPS])

Needs the extra `testing`: `pip install 'cm-engine[testing]'`.
"""
