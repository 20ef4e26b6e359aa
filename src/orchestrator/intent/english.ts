/** English sentences and what they mean. Each pattern is a whole sentence: what is more than it says may be a wish, and is read as one. */
import { rule, type Language } from './language.ts'

const IT = '(?: it| that| this| them| this one| that one| the command| the plan| the change| the request)?(?: once)?'
const OF = '(?:,? (?:of |for |on |in |from |with )?TASK)?'

export const ENGLISH: Language = {
  before:
    /^(?:(?:hey|hi|hello|ok|okay|so|well|um+|uh+|er|and|now|just|please|lugh|lou|lu|could you|can you|would you|will you|i want you to|i'd like you to|i would like you to)\b[,!.]? +)+/iu,
  after: /(?:[ ,]+(?:please|now|thanks|thank you|then|for now|lugh|for me|right now|right away|immediately|will you))+$/iu,
  rules: [
    rule('deny', `(?:(?:no|nope)[, ]+)?(?:don't|do not|dont|never|you may not|you must not) (?:allow|approve|run|do|merge|accept|execute)${IT}${OF}`),
    rule(
      'deny',
      `(?:(?:no|nope)[, ]+)?(?:no|nope|no way|no thanks|no thank you|absolutely not|certainly not|better not|deny|denied|reject|rejected|refuse|refused|decline|declined|disallow|veto|discard|not allowed|cancel)${IT}${OF}`,
      {
        not: /^cancel.*TASK/u,
      },
    ),
    rule('deny', `(?:deny|reject|refuse|decline|discard) (?:the )?(?:request|command|plan|change|changes|review) (?:of|for|from) TASK`),
    rule('deny', `TASK(?: is|:|,)? (?:denied|rejected|refused|declined|no)`),
    rule(
      'approve',
      `(?:(?:yes|yeah|yep|sure)[, ]+)?(?:yes|yeah|yep|sure|okay|ok|approve|approved|allow|allowed|accept|accepted|merge|go|go ahead|go for it|do it|run|execute|confirm|confirmed|permit|looks good|looks good to me|sounds good|fine by me|fine with me|(?:that's|that is) fine(?:,? (?:go ahead|run it|do it))?|alright|all right|lgtm|let it run|ship)${IT}${OF}`,
    ),
    rule('approve', `(?:approve|allow|accept|confirm|merge) (?:the |that )?(?:request|command|plan|change|changes|review) (?:of|for|from) TASK`),
    rule('approve', `(?:let|allow) TASK (?:do it|run it|go|go ahead|run|continue with it|run the command|to run|to do it|to go ahead)`),
    rule('approve', `TASK(?: is|:|,)? (?:approved|allowed|accepted|yes|go|go ahead|may run|can run|looks good)`),
    rule(
      'diff',
      `(?:(?:show|give|send|let)(?: me)?(?: see)? |(?:can i |let me )?see |open |view |display )?(?:the |all |its |all the )?(?:diff|diffs|difference|differences|changes)${OF}`,
    ),
    rule(
      'diff',
      `what (?:has |did )?TASK (?:changed?|do to the code)|what(?: has|'s| was)? changed(?: (?:in|by|for) TASK)?|show(?: me)? what (?:TASK )?changed`,
    ),
    rule(
      'why',
      `(?:why|how come)(?: (?:is|was) (?:it|that|this))?|why (?:did|does|is|was|has) (?:TASK|it|that)(?: (?:do|ask|doing|asking|done))?(?: that| it| for that)?|explain${IT}${OF}|why TASK`,
    ),
    rule(
      'status',
      `(?:status|status report|report|overview|what's up|(?:show|give|tell)(?: me)? (?:the |a )?(?:status|overview|report)(?: report)?|(?:what's|what is) (?:the )?(?:status|state|progress)|how (?:is|are) (?:it|things|everything|we|you)(?: (?:going|doing|getting on|coming along))?|how's it going|where are we|how far (?:are you|is it)|what's running|what is running|what are you (?:doing|working on)|what needs me|(?:does|is there) anything (?:need|waiting for) me|is anything (?:running|waiting)|(?:what's|what is) (?:going on|happening)|anything for me)${OF}`,
    ),
    rule('status', `what (?:is|'s) TASK (?:doing|up to|working on)(?: now)?`),
    rule('status', `how (?:is|far is) TASK(?: (?:going|doing|getting on|coming along))?`),
    rule(
      'stop',
      `(?:stop|halt|abort|kill|terminate|end)(?: (?<all>everything|all|all tasks|all of them|all agents|the whole lot|every task))?(?: it| that| this| working| work| the task| the agent| the run)?${OF}|(?:cancel) TASK|TASK stop`,
    ),
    rule('pause', `(?:pause|hold|hold on|suspend|wait|take a break|hold it|freeze)(?: it| that| this| the task| the agent)?${OF}|put TASK on hold`),
    rule(
      'resume',
      `(?:resume|continue|go on|carry on|unpause|keep going|proceed|start again|keep working|pick it up again)(?: it| that| this| the task| working| the work)?(?: with the task| with it)?${OF}|let TASK (?:go on|continue|carry on|resume)`,
    ),
    rule(
      'undo',
      `(?:undo|revert|roll back|rollback|take back|reverse)(?: it| that| this| the last merge| the merge| the last change| the last one| the last thing| what you did)?${OF}|(?:take|roll) (?:it|that|TASK) back|undo the merge of TASK`,
    ),
    rule(
      'checkpoint',
      '(?:(?:make|take|save|create|set) (?:a |me a |a new )?)?checkpoint(?:(?:,|:)? (?<words1>(?:before|after|for) .+)|(?:,|:)? (?:named|called) (?<words2>.+)|: ?(?<words3>.+))?',
    ),
    rule('checkpoint', 'save (?:everything|where we are|the state|the current state)'),
    rule('restore', '(?:restore|(?:go |roll |get )?back to|return to|rewind to|reset to)(?: the)? CHECKPOINT'),
    rule(
      'restore',
      '(?:restore|(?:go |roll |get )?back to|return to|rewind to|reset to)(?: how (?:it|things|everything) (?:was|were))?(?: the)?(?: checkpoint)? (?<words1>(?:before|after) (?!you |we |i |it |they |that |this |what ).+)|(?:restore|(?:go |roll |get )?back to|return to|rewind to|reset to)(?: the)? checkpoint (?:named |called )(?<words2>.+)',
    ),
    rule('restore', '(?:restore|go back to|return to|roll back to) (?:a|the|the last|the latest|an earlier|an old|the previous|my last) checkpoint'),
    rule(
      'new',
      '(?:(?:start|create|add|make|open|begin|queue)(?: me)? )?(?:a |an |one )?(?:new|another) task(?: for (?:you|it))?(?:[:,.]| to| that should| which should)? (?<words>.{3,})',
    ),
    rule('new', '(?:start|create|make|open|begin|queue) a task(?:[:,.]| to| that should| which should)? (?<words>.{3,})'),
    rule(
      'tell',
      "(?:tell|inform|message|remind|ask|let)(?: the)?(?: agent (?:of|on))? TASK(?:'s agent)?(?: know)?[:,.]?(?: to| that)? (?<words>.{2,})|say to TASK[:,.]?(?: that)? (?<words2>.{2,})",
    ),
    rule(
      'since',
      "what(?:'s| has| have| is| was| did)?(?: i| you)?(?: (?:happened|happen|been happening|been going on|gone on|new|changed|miss|missed|been done|do|done))(?: here)? (?<words>(?:since|in the|during|over the|within the|after|overnight|yesterday|today|while|the last|last).*)",
    ),
    rule('since', "what happened|what did i miss|what have i missed|what is new|what's new|catch me up(?: on (?<words>.+))?|bring me up to date"),
    rule(
      'since',
      "(?:show|tell|give)(?: me)? (?:what happened|what's new|everything|a summary|the summary|the news) (?<words>(?:since|of the|of|from|in the).+)",
    ),
  ],
  verbs:
    'approve allow deny reject stop halt abort pause resume continue undo revert restore merge discard cancel kill confirm checkpoint tell diff status'.split(
      ' ',
    ),
}
