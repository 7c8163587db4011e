export { end as default } from './temporary';
