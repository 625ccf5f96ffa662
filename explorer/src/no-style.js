// In the place of react-style-singleton: adds no style to the page.

export const stylesheetSingleton = () => ({ add() {}, remove() {} });
export const styleHookSingleton = () => () => {};
export const styleSingleton = () => () => null;
