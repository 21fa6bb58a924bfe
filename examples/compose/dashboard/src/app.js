import { show } from "./modules/billing.js";

show(document.body);
