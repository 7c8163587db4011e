/** npm run docs: writes the generated pages and tables. */

import { writePages } from './pages';

writePages();
