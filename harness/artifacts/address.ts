/** An address without query and fragment. */
export const bareAddress = (address: string): string => address.replace(/[?#].*$/, "");

/** The last part of an address's path: the name under which wget saves what is there. */
export const nameIn = (address: string): string => bareAddress(address).replace(/^.*\//, "");
