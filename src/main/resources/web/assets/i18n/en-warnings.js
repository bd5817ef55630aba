// English: none. The program's own words are English.
export default {};
