// A creative's page: its custom game is played here, in the same frame as on a phone.

import { rehearse } from "../../../../media/phone/app/src/rehearsal";

document.querySelectorAll<HTMLElement>("[data-rehearsal]").forEach(rehearse);
