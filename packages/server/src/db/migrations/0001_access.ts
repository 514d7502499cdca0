export const ACCESS = '';
