"""A session in the user's terminal: claude on a pty, relayed byte for byte, moved when a limit stops it.

interactive    claude on a pty (child, leader), the terminal raw (user_terminal, modes); leg after leg
   | relay     every byte both ways: forwarded first, then shown to
   | watch     the screen (screen …), the keys (keyboard, typed), the transcript (conversation, turns)
   v stay
on_native      the transcript's error row -> limits/evidence -> Limit; foresight: claude warns of it
on_gateway     the same of the gateway, when the chain has another; homeward: the reset is over, nothing is
   |           being done or typed
   | departure a gateway made ready (preparation, switch) in a thread, while claude goes on
   v move
session        claude ended, its modes undone, one line (or question); the next leg (leg, run/rerun)
handover       keys wait until the next claude shows its prompt, and the draft in it
"""
