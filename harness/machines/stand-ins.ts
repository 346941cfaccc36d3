import type { Assist } from "../progress.ts";

/** What machines with Debian 12 have in the place of CentOS 7's, for the guide to turn off. */
export const firewalldAssist: Assist = {
  id: "firewalld",
  reason:
    "firewalld is Debian's 1.3 in the place of CentOS 7's 0.4, with the same zone and in the same tables, enabled and running at boot",
};

export const selinuxAssist: Assist = {
  id: "selinux-policy",
  reason:
    'SELinux enforces Debian\'s policy "default" in the place of CentOS 7\'s "targeted"; people and services that it does not know run unconfined in both',
};
